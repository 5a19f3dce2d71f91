using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary>What a configuration turns on, as a container sees it.</summary>
public sealed class GuestFeatureTests(ClientFixture fixture)
{
    private const string Profile = """
        {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_AARCH64"],
         "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}
        """;

    [Theory]
    [InlineData("false", "Operation not permitted")]
    [InlineData("true", "made")]
    public async Task Run_SeccompProfile_IsEnforcedUnlessTurnedOff(string disabled, string expected)
    {
        RequireKata();
        string profile = Path.Combine(fixture.Directory, "profile.json");
        await File.WriteAllTextAsync(profile, Profile, TestContext.Current.CancellationToken);
        string configuration = fixture.WriteConfiguration($"seccomp-{disabled}", ("disable_guest_seccomp", disabled));

        CommandResult result = await fixture.CtrAsync(fixture.RunArguments(
            fixture.NewId("seccomp"), ["--rm", "--seccomp", "--seccomp-profile", profile], ["sh", "-c", "mkdir /tmp/d && echo made; touch /tmp/f && echo touched"], configuration));

        Assert.Contains(expected, result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("touched", result.EnsureSuccess().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_9p_CarriesRootAndVolumes()
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string configuration = fixture.WriteConfiguration("9p", ("shared_fs", "\"virtio-9p\""));
        string volume = Path.Combine(fixture.Directory, "volume-9p");
        Directory.CreateDirectory(volume);
        await File.WriteAllTextAsync(Path.Combine(volume, "in"), "from the host", TestContext.Current.CancellationToken);

        CommandResult result = await fixture.CtrAsync(fixture.RunArguments(
            fixture.NewId("9p"),
            ["--rm", "--mount", $"type=bind,src={volume},dst=/volume,options=rbind:rw"],
            ["sh", "-c", "cat /volume/in; echo; echo from the guest > /volume/out; echo x > /new && mv /new /moved && cat /moved; grep -c ' 9p ' /proc/mounts; exit 9"],
            configuration));

        Assert.Equal(9, result.ExitCode);
        Assert.StartsWith("from the host\nx\n", result.Output, StringComparison.Ordinal);
        Assert.NotEqual("0", result.Output.Trim().Split('\n')[^1]);
        Assert.Equal("from the guest\n", await File.ReadAllTextAsync(Path.Combine(volume, "out"), TestContext.Current.CancellationToken));
        await fixture.AssertNothingLeftAsync(before);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("enable_debug = true", true)]
    [InlineData("log_level = \"debug\"", true)]
    public async Task Run_RuntimeDebug_SaysMoreInContainerdsLog(string line, bool more)
    {
        RequireKata();
        string id = fixture.NewId("debug");
        string configuration = fixture.WriteConfiguration(id);
        string text = await File.ReadAllTextAsync(configuration, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(configuration, text.Replace("\n[runtime]\n", $"\n[runtime]\n{line}\n", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        (await fixture.CtrAsync(fixture.RunArguments(id, ["--rm"], ["true"], configuration))).EnsureSuccess();

        bool Said() => fixture.Containerd.Log.Split('\n').Any(said => said.Contains($"sandbox={id} ", StringComparison.Ordinal) && said.Contains("level=debug", StringComparison.Ordinal));
        if (more)
        {
            await ClientFixture.WaitUntilAsync("containerd has read the shim's log", () => Task.FromResult(Said()), TimeSpan.FromSeconds(10));
        }

        Assert.Equal(more, Said());
    }

    [Fact]
    public async Task Exec_PolicyOfThePodDenies_SaysSoAndTheContainerGoesOn()
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string id = fixture.NewId("policy");
        await fixture.StartAsync(id, ["sleep", "1000"], ["--annotation", PolicyAnnotation(EverythingBut("ExecProcessRequest") + "default ExecProcessRequest := false\nExecProcessRequest if { print(\"no shells here\"); false }")]);

        CommandResult denied = await fixture.ExecAsync(id, ["true"]);
        CommandResult figures = await fixture.CtrAsync(["task", "metrics", id]);
        string? state = await fixture.StateAsync(id);
        await fixture.RemoveAsync(id);

        Assert.NotEqual(0, denied.ExitCode);
        Assert.Contains("ExecProcessRequest is blocked by policy: no shells here", denied.Error, StringComparison.Ordinal);
        Assert.Equal((0, "RUNNING"), (figures.ExitCode, state));
        await fixture.AssertNothingLeftAsync(before);
    }

    [Theory]
    [InlineData("CreateContainerRequest", "CreateContainerRequest is blocked by policy: the policy has no rule for it")]
    [InlineData("CreateSandboxRequest", "CreateSandboxRequest is blocked by policy: the policy has no rule for it")]
    [InlineData("package agent_policy\nCreateSandboxRequest if http.send({})", "policy line 2, column 25: the function 'http.send'")]
    [InlineData("", "annotation io.katacontainers.config.agent.policy must be UTF-8 text in base64")]
    public async Task Run_PolicyOfThePodDeniesOrIsWrong_SaysSoAndLeavesNothing(string policy, string why)
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string annotation = policy.Length == 0 ? "io.katacontainers.config.agent.policy=no base64"
            : PolicyAnnotation(policy.StartsWith("package", StringComparison.Ordinal) ? policy : EverythingBut(policy));

        CommandResult result = await fixture.RunAsync(fixture.NewId("policy"), ["true"], ["--annotation", annotation]);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(why, result.Error, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    // What our shim asks of an agent from a sandbox's start to its end, and statistics.
    private static string EverythingBut(string request) => "package agent_policy\n\nimport rego.v1\n\n" + string.Concat(
        ((string[])["CreateSandbox", "CreateContainer", "StartContainer", "ExecProcess", "WaitProcess", "SignalProcess", "StatsContainer", "RemoveContainer", "DestroySandbox", "GetOOMEvent", "ReadStream",
            "WriteStream", "CloseStdin", "TtyWinResize"])
        .Select(name => name + "Request").Where(name => name != request).Select(name => $"{name} := true\n"));

    private static string PolicyAnnotation(string policy) => "io.katacontainers.config.agent.policy=" + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(policy));

    private void RequireKata()
    {
        fixture.Require();
        Assert.SkipUnless(Runtimes.IsKata, "it is about our configuration");
    }
}
