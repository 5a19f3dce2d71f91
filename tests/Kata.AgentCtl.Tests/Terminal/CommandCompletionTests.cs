using Kata.AgentCtl.Sessions;
using Kata.AgentCtl.Terminal;

namespace Kata.AgentCtl.Tests.Terminal;

public sealed class CommandCompletionTests
{
    private readonly Session _session = new();

    [Theory]
    [InlineData("Crea", new[] { "CreateContainer", "CreateSandbox" })]
    [InlineData("createc", new[] { "CreateContainer" })]
    [InlineData("he", new[] { "help" })]
    [InlineData("help Ver", new[] { "Version" })]
    [InlineData("repeat 3 Ver", new[] { "Version" })]
    [InlineData("repeat ", new string[0])]
    [InlineData("SignalProcess ", new[] { "cid=", "exec_id=", "signal=" })]
    [InlineData("SignalProcess cid=a si", new[] { "signal=" })]
    [InlineData("SignalProcess signal=SIGT", new[] { "signal=SIGTRAP", "signal=SIGTERM", "signal=SIGTSTP", "signal=SIGTTIN", "signal=SIGTTOU" })]
    [InlineData("SignalProcess cid=con", new[] { "cid=container7" })]
    [InlineData("OnlineCPUMem wait=", new[] { "wait=true", "wait=false" })]
    [InlineData("Nonsense x", new string[0])]
    public void For_Line_OffersWhatFits(string line, string[] expected)
    {
        _session.UseContainer("container7");

        Assert.Equal(expected, new CommandCompletion(_session).For(line).Candidates);
    }

    [Fact]
    public void For_Path_OffersFiles()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("spec.json", "{}");
        directory.Write("specs/x", "");

        Completions found = new CommandCompletion(_session).For($"SetPolicy policy=file://{directory.Path}/sp");

        Assert.Equal([$"policy=file://{directory.Path}/spec.json", $"policy=file://{directory.Path}/specs/"], found.Candidates);
        Assert.Equal($"policy=file://{directory.Path}/spec", found.Common);
    }
}
