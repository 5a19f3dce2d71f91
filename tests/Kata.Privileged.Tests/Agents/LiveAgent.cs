using System.Diagnostics;
using Kata.AgentClient;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Process = System.Diagnostics.Process;

namespace Kata.Privileged.Tests.Agents;

/// <summary>
/// An agent as an ordinary root process in a mount and a network namespace of its own, with a sandbox, driven over a unix socket. With KATA_TEST_AGENT set, the agent at
/// that address instead: one in a VM, whose file system has busybox at KATA_TEST_ROOTFS.
/// </summary>
public sealed class LiveAgent : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kata-agent-").FullName;
    private Process? _process;
    private AgentConnection? _connection;

    public AgentService.AgentServiceClient Agent => _connection!.Agent;

    public Health.HealthClient Health => _connection!.Health;

    /// <summary>Where it listens.</summary>
    public string Address => Elsewhere ?? "unix://" + Path.Combine(_directory, "agent.sock");

    public int Pid => _process!.Id;

    /// <summary>The lines the agent has logged so far.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Log { get; } = new();

    /// <summary>The agent's command line.</summary>
    public IList<string> Arguments { get; } = [];

    /// <summary>A program that runs the agent, with its arguments; <see cref="Pid"/> is its process then.</summary>
    public IList<string> Wrapper { get; } = [];

    /// <summary>The sandbox made at first.</summary>
    public CreateSandboxRequest Sandbox { get; init; } = new() { SandboxId = "sandbox1", Hostname = "podhost" };

    public static string? Elsewhere { get; } = Environment.GetEnvironmentVariable("KATA_TEST_AGENT");

    /// <summary>What a shell does in the agent's mount namespace before the agent starts there.</summary>
    public string Preparation { get; init; } = "true";

    /// <summary>Further variables of the agent's environment, to be set before it starts.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    public string Rootfs => Environment.GetEnvironmentVariable("KATA_TEST_ROOTFS") ?? Path.Combine(_directory, "rootfs");

    public string CgroupPrefix { get; } = $"kata-agent-test-{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync()
    {
        if (Elsewhere is not null)
        {
            _connection = await AgentConnection.DialAsync(Elsewhere, new AgentDialOptions(), TestContext.Current.CancellationToken);
            await Agent.CreateSandboxAsync(new CreateSandboxRequest { SandboxId = "sandbox1", Hostname = "podhost" });
            return;
        }

        Rootfses.MakeBusybox(Rootfs);
        string socket = Path.Combine(_directory, "agent.sock");
        var start = new ProcessStartInfo("unshare", ["-m", "-n", "--propagation", "private", "sh", "-c", $"mount -t tmpfs tmpfs /run && {Preparation} && exec \"$@\"", "sh", .. Wrapper, AgentBinary(), .. Arguments])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["KATA_AGENT_SERVER_ADDR"] = "unix://" + socket;
        start.Environment["KATA_AGENT_LOG_LEVEL"] = "info";
        foreach ((string name, string value) in Settings)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _ = DrainAsync(_process.StandardOutput);
        _connection = await AgentConnection.DialAsync(
            "unix://" + socket,
            new AgentDialOptions { Timeout = TimeSpan.FromSeconds(60), GiveUpReason = () => _process.HasExited ? "the agent ended" : null },
            TestContext.Current.CancellationToken);
        await Agent.CreateSandboxAsync(Sandbox);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_connection is not null && _process is not { HasExited: true })
            {
                await Agent.DestroySandboxAsync(new DestroySandboxRequest());
                await _connection.DisposeAsync();
                await WaitForExitAsync();
            }
        }
        finally
        {
            if (_process is { HasExited: false })
            {
                _process.Kill();
            }

            _process?.Dispose();
            Directory.Delete(_directory, recursive: true);
            RemoveCgroups();
        }
    }

    /// <summary>Waits for the agent's end; its exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await (_process?.WaitForExitAsync(deadline.Token) ?? Task.CompletedTask);
        return _process?.ExitCode ?? 0;
    }

    // Shorthands over the same calls.
    private GuestContainers Containers => new(Agent, Rootfs, "/" + CgroupPrefix);

    /// <summary>A specification as the shim sends it.</summary>
    public Spec NewSpec(string id, params string[] args) => NewSpec(Rootfs, $"/{CgroupPrefix}/{id}", args);

    /// <summary>A specification as the shim sends it, of a container anywhere.</summary>
    public static Spec NewSpec(string rootfs, string cgroup, params string[] args)
    {
        string[] capabilities = ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_NET_BIND_SERVICE", "CAP_MKNOD", "CAP_SYS_CHROOT", "CAP_DAC_OVERRIDE"];
        var spec = new Spec
        {
            Version = "1.0.2",
            Hostname = "ignored",
            Root = new Root { Path = rootfs },
            Process = new Protocols.Oci.Process
            {
                Args = { args },
                Cwd = "/",
                User = new User(),
                Env = { "PATH=/bin:/usr/bin", "A=b" },
                NoNewPrivileges = true,
                Capabilities = new LinuxCapabilities { Bounding = { capabilities }, Effective = { capabilities }, Permitted = { capabilities } },
                Rlimits = { new POSIXRlimit { Type = "RLIMIT_NOFILE", Soft = 512, Hard = 1024 } },
            },
            Linux = new Kata.Protocols.Oci.Linux
            {
                CgroupsPath = cgroup,
                MaskedPaths = { "/proc/kcore", "/proc/acpi", "/proc/keys", "/sys/firmware" },
                ReadonlyPaths = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" },
            },
        };
        foreach (string type in (string[])["mount", "ipc", "uts"])
        {
            spec.Linux.Namespaces.Add(new LinuxNamespace { Type = type });
        }

        AddMount(spec, "/proc", "proc", "nosuid", "noexec", "nodev");
        AddMount(spec, "/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
        AddMount(spec, "/dev/pts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        AddMount(spec, "/dev/shm", "tmpfs", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k");
        AddMount(spec, "/dev/mqueue", "mqueue", "nosuid", "noexec", "nodev");
        AddMount(spec, "/sys", "sysfs", "nosuid", "noexec", "nodev", "ro");
        AddMount(spec, "/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        return spec;
    }

    public static void AddMount(Spec spec, string target, string type, params string[] options) => GuestContainers.AddMount(spec, target, type, options);

    public async Task CreateAsync(string id, Spec spec) =>
        await Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec });

    public async Task StartAsync(string id) => await Agent.StartContainerAsync(new StartContainerRequest { ContainerId = id });

    public async Task<int> WaitAsync(string id, string exec = "") =>
        (await Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = id, ExecId = exec })).Status;

    public async Task RemoveAsync(string id) => await Agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = id });

    /// <summary>Everything a process writes to standard output.</summary>
    public Task<byte[]> ReadToEndAsync(string id, string exec = "", bool error = false) => Containers.ReadBytesAsync(id, exec, error);

    /// <summary>Runs a container to its end and removes it.</summary>
    public async Task<(int Code, string Output, string Error)> RunAsync(string id, Spec spec)
    {
        ContainerRun run = await Containers.RunAsync(id, spec);
        return (run.Code, run.Output, run.Error);
    }

    internal static string AgentBinary() => Path.Combine(
        AppContext.BaseDirectory.Replace("tests/Kata.Privileged.Tests", "src/guest/Kata.Agent.Host", StringComparison.Ordinal), "kata-agent");

    private async Task DrainAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            Log.Enqueue(line);
            TestContext.Current.SendDiagnosticMessage(line);
        }
    }

    private void RemoveCgroups()
    {
        foreach (string hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup"))
        {
            string group = Path.Combine(hierarchy, CgroupPrefix);
            if (Directory.Exists(group))
            {
                Directory.Delete(group);
            }
        }
    }
}
