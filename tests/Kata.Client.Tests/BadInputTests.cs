using Kata.Client.Tests.Host;
using Kata.Testing.Builds;
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

        CommandResult ours = await RunOursAsync(configuration);

        Assert.Equal((1, 125), (result.ExitCode, ours.ExitCode));
        foreach (string error in (string[])[result.Error, ours.Error])
        {
            Assert.Contains($"/nowhere/{key}", error, StringComparison.Ordinal);
            Assert.Contains($"hypervisor.qemu.{key}", error, StringComparison.Ordinal);
        }

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
    [InlineData("boot_timeout")]
    [InlineData("dial_timeout")]
    public async Task Run_GuestHangs_FailsByTheDeadlineWithTheConsole(string key)
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string initrd = Path.Combine(fixture.Directory, $"hanging-initrd-{key}");
        string make = $"""
            mkdir -p {initrd}.d/bin {initrd}.d/dev && cp "$(command -v busybox)" {initrd}.d/bin/ && mknod {initrd}.d/dev/console c 5 1
            printf '#!/bin/busybox sh\necho nothing will ever answer\nexec /bin/busybox sleep 1000000\n' > {initrd}.d/init && chmod +x {initrd}.d/init
            cd {initrd}.d && find . | cpio --quiet -o -H newc > {initrd}
            """;
        (await Command.RunAsync("bash", ["-ec", make], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
        string configuration = fixture.WriteConfiguration($"hangs-{key}", (key, "5"), ("initrd", $"\"{initrd}\""));

        CommandResult result = await RunWithAsync(configuration);

        Assert.Equal(1, result.ExitCode);
        Assert.InRange(result.Elapsed, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15));
        Assert.Contains("nothing will ever answer", result.Error, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Theory]
    [InlineData("enable_debug", "\"yes\"", "hypervisor.qemu.enable_debug must be true or false")]
    [InlineData("default_memory", "\"2G\"", "hypervisor.qemu.default_memory must be an integer")]
    [InlineData("shared_fs", "\"nfs\"", "hypervisor.qemu.shared_fs must be one of")]
    public async Task Run_ConfigurationWrong_NamesPlaceAndKey(string key, string value, string expected)
    {
        RequireKata();
        string configuration = fixture.WriteConfiguration($"wrong-{key}", (key, value));

        CommandResult result = await RunWithAsync(configuration);
        CommandResult ours = await RunOursAsync(configuration);

        Assert.Equal((1, 125), (result.ExitCode, ours.ExitCode));
        foreach (string error in (string[])[result.Error, ours.Error])
        {
            Assert.Matches(@"configuration\.toml:\d+:\d+: ", error);
            Assert.Contains(expected, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_ConfigurationHasUnknownKey_WarnsAndRuns()
    {
        RequireKata();
        string configuration = fixture.WriteConfiguration("unknown-key");
        await File.AppendAllTextAsync(configuration, "\n[no_such_table]\nno_such_key = 1\n", TestContext.Current.CancellationToken);

        CommandResult result = await RunWithAsync(configuration);
        CommandResult ours = await RunOursAsync(configuration);

        Assert.Equal((0, 0), (result.ExitCode, ours.ExitCode));
        Assert.Contains("no_such_table", ours.Error, StringComparison.Ordinal);
        Assert.Contains("warning", ours.Error, StringComparison.Ordinal);
        await ClientFixture.WaitUntilAsync(
            "containerd's log has it", () => Task.FromResult(fixture.Containerd.Log.Contains("no_such_table", StringComparison.Ordinal)), TimeSpan.FromSeconds(10));
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

    private Task<CommandResult> RunOursAsync(string configuration) => Command.RunAsync(
        BuildOutput.Runtime,
        ["run", "--config", configuration, "--image-store", Path.Combine(fixture.Directory, "store"), "--name", fixture.NewId("conf"), BuildOutput.ImageLayout, "--", "true"],
        options: null,
        TestContext.Current.CancellationToken);

    private Task<CommandResult> RunWithAsync(string configuration) =>
        fixture.CtrAsync(fixture.RunArguments(fixture.NewId("conf"), ["--rm"], ["true"], configuration));

    private void RequireKata()
    {
        fixture.Require();
        Assert.SkipUnless(Runtimes.IsKata, "it is about our configuration");
    }
}
