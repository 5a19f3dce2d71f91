using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary>One after the other and all at once.</summary>
public sealed class ManyContainersTests(ClientFixture fixture)
{
    [Fact]
    public async Task Run_50InSequence_AllRightAndNothingLeft()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();

        for (int i = 0; i < 50; i++)
        {
            CommandResult result = await fixture.RunAsync(fixture.NewId("seq"), ["sh", "-c", $"echo number {i}; exit {i}"]);
            Assert.Equal((i, $"number {i}\n"), (result.ExitCode, result.Output));
        }

        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Run_10AtOnce_AllRightAndNothingLeft()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();

        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 10).Select(
            i => fixture.RunAsync(fixture.NewId("par"), ["sh", "-c", $"echo number {i}; exit {i}"], with: new CommandOptions { Deadline = TimeSpan.FromSeconds(180) })));

        Assert.Equal(Enumerable.Range(0, 10).Select(i => (i, $"number {i}\n")), results.Select(result => (result.ExitCode, result.Output)));
        await fixture.AssertNothingLeftAsync(before);
    }
}
