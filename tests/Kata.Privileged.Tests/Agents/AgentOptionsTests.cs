using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Commands;

namespace Kata.Privileged.Tests.Agents;

/// <summary>The agent with a configuration file.</summary>
public sealed class AgentOptionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Config_ListOfEndpoints_BlocksTheOthers()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "[endpoints]\nallowed = [\"CreateSandboxRequest\", \"DestroySandboxRequest\", \"ListRoutesRequest\", \"GetOOMEventRequest\"]\n", Token);
        await using (var live = new LiveAgent { Arguments = { "--config", file } })
        {
            await live.InitializeAsync();

            await live.Agent.ListRoutesAsync(new ListRoutesRequest(), cancellationToken: Token);
            await live.Health.CheckAsync(new CheckRequest(), cancellationToken: Token);
            RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await live.Agent.ListInterfacesAsync(new ListInterfacesRequest(), cancellationToken: Token));
            Assert.Equal((StatusCode.Unimplemented, "ListInterfacesRequest is blocked"), (error.StatusCode, error.Status.Detail));
            RpcException stream = await Assert.ThrowsAsync<RpcException>(async () => await live.Agent.ReadStdoutAsync(new ReadStreamRequest(), cancellationToken: Token));
            Assert.Equal("ReadStreamRequest is blocked", stream.Status.Detail);
        }

        File.Delete(file);
    }

    [Theory]
    [InlineData("log_level = \"loud\"\n", "log_level=loud: use critical")]
    [InlineData("log_level = \n", "line 1: ")]
    [InlineData(null, "no such file")]
    public async Task Config_Wrong_EndsWithTheReason(string? content, string words)
    {
        string file = Path.GetTempFileName();
        File.Delete(file);
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content, Token);
        }

        CommandResult result = await Command.RunAsync(LiveAgent.AgentBinary(), ["-c", file], null, Token);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(words, result.Output, StringComparison.Ordinal);
        File.Delete(file);
    }
}
