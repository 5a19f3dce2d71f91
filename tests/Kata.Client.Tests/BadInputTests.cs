using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary>What is wrong is said, and nothing stays behind.</summary>
public sealed class BadInputTests(ClientFixture fixture)
{
    [Theory]
    [InlineData("kernel")]
    [InlineData("initrd")]
    [InlineData("path")]
    [InlineData("virtio_fs_daemon")]
    public async Task Run_FileOfConfigurationMissing_NamesPathAndKey(string key)
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string configuration = fixture.WriteConfiguration($"missing-{key}", (key, $"\"/nowhere/{key}\""));

        CommandResult result = await RunWithAsync(configuration);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"/nowhere/{key}", result.Error, StringComparison.Ordinal);
        Assert.Contains($"hypervisor.qemu.{key}", result.Error, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Run_QemuExitsAtOnce_ShowsWhatItSaid()
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string configuration = fixture.WriteConfiguration("qemu-exits", ("machine_accelerators", "\"nosuchoption=on\""));

        CommandResult result = await RunWithAsync(configuration);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("nosuchoption", result.Error, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Run_GuestNeverAnswers_FailsByTheDeadlineWithTheConsole()
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string configuration = fixture.WriteConfiguration("no-answer", ("boot_timeout", "8"), ("kernel_params", "\"rdinit=/nowhere\""));

        CommandResult result = await RunWithAsync(configuration);

        Assert.Equal(1, result.ExitCode);
        Assert.InRange(result.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Contains("panic", result.Error, StringComparison.OrdinalIgnoreCase);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Theory]
    [InlineData("wrong type", "enable_debug", "\"yes\"", "configuration.toml:")]
    [InlineData("wrong choice", "shared_fs", "\"nfs\"", "hypervisor.qemu.shared_fs")]
    public async Task Run_ConfigurationWrong_NamesPlace(string what, string key, string value, string expected)
    {
        RequireKata();
        string configuration = fixture.WriteConfiguration(what.Replace(' ', '-'), (key, value));

        CommandResult result = await RunWithAsync(configuration);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nope", "nope", "not found")]
    [InlineData("/bin/nope", "/bin/nope", "no such file or directory")]
    [InlineData("/etc/passwd", "/etc/passwd", "permission denied")]
    public async Task Run_CommandUnusable_SaysWhy(string command, string named, string why)
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();

        CommandResult result = await fixture.RunAsync(fixture.NewId("bad"), [command]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Contains(why, result.Error, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Run_DirectoryIsAFile_SaysSo()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();

        CommandResult result = await fixture.RunAsync(fixture.NewId("badcwd"), ["true"], ["--cwd", "/bin/busybox"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("not a directory", result.Error, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Exec_UserUnknown_Fails()
    {
        fixture.Require();
        string id = fixture.NewId("baduser");
        await fixture.StartAsync(id, ["sleep", "1000"]);

        CommandResult result = await fixture.ExecAsync(id, ["id"], ["--user", "nosuch"]);
        CommandResult after = await fixture.ExecAsync(id, ["echo", "alive"]);
        await fixture.RemoveAsync(id);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal("alive\n", after.Output);
    }

    private Task<CommandResult> RunWithAsync(string configuration) =>
        fixture.CtrAsync(fixture.RunArguments(fixture.NewId("conf"), ["--rm"], ["true"], configuration));

    private void RequireKata()
    {
        fixture.Require();
        Assert.SkipUnless(Runtimes.IsKata, "it is about our configuration");
    }
}
