using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary><c>ctr run</c> as people type it.</summary>
public sealed class ContainerTests(ClientFixture fixture)
{
    [Fact]
    public async Task Run_Uname_ShowsTheGuestsKernel()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();

        CommandResult guest = (await fixture.RunAsync(fixture.NewId("uname"), ["uname", "-r"])).EnsureSuccess();

        string host = (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", TestContext.Current.CancellationToken)).Trim();
        Assert.Matches(@"^\d+\.\d+", guest.Output.Trim());
        Assert.Equal(Runtimes.IsKata, guest.Output.Trim() != host);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Theory]
    [InlineData("exit 42", 42)]
    [InlineData("exit 0", 0)]
    [InlineData("kill -9 $$", 137)]
    [InlineData("kill -TERM $$; sleep 10", 143)]
    public async Task Run_ExitCode_ComesThrough(string script, int expected)
    {
        fixture.Require();

        // In PID 1 of a container no signal kills by default, so a child does the dying.
        CommandResult result = await fixture.RunAsync(fixture.NewId("exit"), ["sh", "-c", $"sh -c '{script}'; exit $?"]);

        Assert.Equal(expected, result.ExitCode);
    }

    [Fact]
    public async Task Run_Environment_UserAndDirectory_AreAsAsked()
    {
        fixture.Require();

        CommandResult result = (await fixture.RunAsync(
            fixture.NewId("env"), ["sh", "-c", "echo $COLOUR; pwd; hostname; echo $$; cat /proc/1/comm; touch /x && rm /x && echo writable"],
            ["--env", "COLOUR=green", "--cwd", "/tmp"])).EnsureSuccess();

        string[] lines = result.Output.Trim().Split('\n');
        Assert.Equal("green", lines[0]);
        Assert.Equal("/tmp", lines[1]);
        Assert.Equal("1", lines[3]);
        Assert.Equal("sh", lines[4]);
        Assert.Equal("writable", lines[5]);
    }

    [Fact]
    public async Task Run_ReadOnlyRoot_CannotBeWritten()
    {
        fixture.Require();

        CommandResult result = await fixture.RunAsync(fixture.NewId("ro"), ["touch", "/x"], ["--read-only"]);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Read-only file system", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BindMount_IsSharedBothWays()
    {
        fixture.Require();
        string directory = Path.Combine(fixture.Directory, "volume");
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "in"), "from the host", TestContext.Current.CancellationToken);

        CommandResult result = (await fixture.RunAsync(
            fixture.NewId("bind"), ["sh", "-c", "cat /volume/in; echo from the guest > /volume/out"],
            ["--mount", $"type=bind,src={directory},dst=/volume,options=rbind:rw"])).EnsureSuccess();

        Assert.Equal("from the host", result.Output);
        Assert.Equal("from the guest\n", await File.ReadAllTextAsync(Path.Combine(directory, "out"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Run_ReadOnlyBindMount_CannotBeWritten()
    {
        fixture.Require();
        string directory = Path.Combine(fixture.Directory, "readonly");
        Directory.CreateDirectory(directory);

        CommandResult result = await fixture.RunAsync(
            fixture.NewId("bindro"), ["sh", "-c", "echo x > /volume/out"], ["--mount", $"type=bind,src={directory},dst=/volume,options=rbind:ro"]);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(directory));
    }
}
