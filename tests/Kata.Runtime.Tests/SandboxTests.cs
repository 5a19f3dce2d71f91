using Grpc.Core;
using Kata.Configuration;
using Kata.Primitives;
using Kata.Runtime.Health;
using Kata.Runtime.Sandboxes;
using Kata.Runtime.Tests.Fakes;
using Kata.Testing.Agents;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Runtime.Tests;

/// <summary>What keys of the configuration do to a sandbox, with an agent that is not there for real.</summary>
public sealed class SandboxTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("kata-sandbox-");
    private readonly FakeAgent _agent = FakeAgent.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Share => Path.Combine(_root.FullName, "run/kata-containers/shared/sandboxes/s1/shared");

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task CreateAsync_SandboxBindMounts_AreShownWithTheirRights()
    {
        string read = Directory.CreateDirectory(Path.Combine(_root.FullName, "read")).FullName;
        string write = Directory.CreateDirectory(Path.Combine(_root.FullName, "write")).FullName;
        File.WriteAllText(Path.Combine(read, "file"), "from the host");

        await using (Sandbox sandbox = await CreateAsync($"[runtime]\nsandbox_bind_mounts = [\"{read}\", \"{write}:rw\"]"))
        {
            await sandbox.Ready;
            Assert.Equal("from the host", File.ReadAllText(Path.Combine(Share, "sandbox-mounts/read/file")));
            File.WriteAllText(Path.Combine(Share, "sandbox-mounts/write/file"), "from the guest");
            Assert.ThrowsAny<IOException>(() => File.WriteAllText(Path.Combine(Share, "sandbox-mounts/read/new"), "x"));
        }

        Assert.False(Directory.Exists(Share));
        Assert.Equal("from the guest", File.ReadAllText(Path.Combine(write, "file")));
        Assert.True(File.Exists(Path.Combine(read, "file")));
    }

    [Fact]
    public async Task CreateAsync_ModulesAndGuestHooks_ReachTheAgent()
    {
        await using Sandbox sandbox = await CreateAsync("guest_hook_path = \"/usr/share/oci\"\n[agent.kata]\nkernel_modules = [\"one a=1 b\"]");
        await sandbox.Ready;

        Protocols.Agent.CreateSandboxRequest request = Assert.Single(_agent.Requests<Protocols.Agent.CreateSandboxRequest>("CreateSandbox"));
        Assert.Equal("/usr/share/oci", request.GuestHookPath);
        Protocols.Agent.KernelModule module = Assert.Single(request.KernelModules);
        Assert.Equal(("one", "a=1 b"), (module.Name, string.Join(' ', module.Parameters)));
    }

    [Fact]
    public async Task CreateAsync_Policy_IsTheFirstThingTheAgentGets()
    {
        await using Sandbox sandbox = await CreateAsync("[agent.kata]\npolicy = \"package agent_policy\"");
        await sandbox.Ready;

        Assert.Equal("package agent_policy", Assert.Single(_agent.Requests<Protocols.Agent.SetPolicyRequest>("SetPolicy")).Policy);
        Assert.Equal(["SetPolicy", "CreateSandbox"], _agent.Calls.Select(call => call.Method).Where(method => method is "SetPolicy" or "CreateSandbox"));
    }

    [Fact]
    public async Task CreateAsync_PolicyRefused_EndsTheSandboxWithTheReason()
    {
        _agent.Fail("SetPolicy", StatusCode.InvalidArgument, "policy line 7: expected a value");
        await using Sandbox sandbox = await CreateAsync("[agent.kata]\npolicy = \"package agent_policy\"");

        KataException error = await Assert.ThrowsAsync<KataException>(() => sandbox.Ready);

        Assert.Contains("policy line 7: expected a value", error.Message, StringComparison.Ordinal);
        Assert.Empty(_agent.Requests<Protocols.Agent.CreateSandboxRequest>("CreateSandbox"));
    }

    [Theory]
    [InlineData("guest_hook_path = \"/usr/share/oci\"", 1)]
    [InlineData("", 0)]
    public async Task StopAsync_GuestHooks_AreGivenTheirTime(string lines, int expected)
    {
        await using Sandbox sandbox = await CreateAsync(lines);
        await sandbox.Ready;

        await sandbox.StopAsync(Token);

        Assert.Equal(expected, _agent.Requests<Protocols.Agent.DestroySandboxRequest>("DestroySandbox").Count());
    }

    [Fact]
    public async Task CreateAsync_SandboxBindMountMissing_NamesItAndLeavesNothing()
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => CreateAsync("[runtime]\nsandbox_bind_mounts = [\"/no/such/directory\"]"));

        Assert.Equal("runtime.sandbox_bind_mounts: /no/such/directory does not exist", error.Message);
        Assert.False(Directory.Exists(Path.GetDirectoryName(Share)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_root.FullName, "run/vc/sbs")));
    }

    [Theory]
    [InlineData("false", true)]
    [InlineData("true", false)]
    public async Task Health_AgentSilent_EndsTheMachineUnlessItIsToBeKept(string keep, bool ends)
    {
        var logger = new WaitingLogger();
        await using Sandbox sandbox = await CreateAsync(
            $"[runtime]\nkeep_abnormal = {keep}", options => options with { HealthInterval = TimeSpan.FromMilliseconds(20), Logger = logger });
        await sandbox.Ready;

        _agent.Fail("Check", StatusCode.Internal, "broken");
        string said = await logger.FirstAsync.WaitAsync(Deadline, Token);

        Assert.Contains("health checks", said, StringComparison.Ordinal);
        Assert.Equal(!ends, said.Contains("is kept", StringComparison.Ordinal));
        if (ends)
        {
            Assert.False((await sandbox.Exited.WaitAsync(Deadline, Token)).Expected);
        }

        Assert.Equal(ends, sandbox.Exited.IsCompleted);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("enable_debug = true", LogLevel.Debug)]
    [InlineData("enable_debug = true\nlog_level = \"error\"", LogLevel.Error)]
    [InlineData("log_level = \"info\"", LogLevel.Information)]
    [InlineData("log_level = \"warning\"", LogLevel.Warning)]
    [InlineData("log_level = \"panic\"", LogLevel.Critical)]
    public void LogLevel_OfTheConfiguration_IsTheKeysOrNone(string lines, LogLevel? expected) => Assert.Equal(expected, RuntimeLogLevel.Of(Load($"[runtime]\n{lines}").Runtime));

    private KataConfiguration Load(string lines)
    {
        string path = Path.Combine(_root.FullName, "configuration.toml");
        File.WriteAllText(path, $"[hypervisor.qemu]\nkernel = \"/bin/sh\"\ninitrd = \"/bin/sh\"\nshared_fs = \"virtio-9p\"\n{lines}\n");
        return ConfigurationLoader.Load(path).Configuration;
    }

    private Task<Sandbox> CreateAsync(string lines, Func<SandboxOptions, SandboxOptions>? change = null)
    {
        var options = new SandboxOptions
        {
            Id = "s1",
            Configuration = Load(lines),
            Logger = NullLogger.Instance,
            Factory = new FakeGuestFactory(_agent),
            RunRoot = Path.Combine(_root.FullName, "run"),
        };
        return Sandbox.CreateAsync(change?.Invoke(options) ?? options, Token);
    }

    /// <summary>Hands out the first error that is logged.</summary>
    private sealed class WaitingLogger : ILogger
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstAsync => _first.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                _first.TrySetResult(formatter(state, exception));
            }
        }
    }
}
