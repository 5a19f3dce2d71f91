using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Kata.AgentClient;
using Kata.Privileged.Tests.Agents;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Process = System.Diagnostics.Process;

namespace Kata.Privileged.Tests.Hostile;

/// <summary>
/// An agent where hostile requests can harm nothing: see confine.sh. Its cgroups have a name of their own, by which all of its processes are found.
/// </summary>
public sealed class ConfinedAgent : IAsyncLifetime
{
    /// <summary>Capabilities that reach the machine itself: SYS_MODULE, SYS_RAWIO, SYS_BOOT, SYS_TIME, MAC_OVERRIDE, MAC_ADMIN, SYSLOG, WAKE_ALARM.</summary>
    private static readonly int[] Forbidden = [16, 17, 22, 25, 32, 33, 34, 35];

    private readonly string _directory = Directory.CreateTempSubdirectory("kata-hostile-").FullName;
    private readonly string _cgroup = $"kata-hostile-{Guid.NewGuid():N}";
    private readonly List<string> _log = [];
    private Process? _process;

    public AgentConnection Connection { get; private set; } = null!;

    /// <summary>The agent's pid, as this process sees it.</summary>
    public int Pid { get; private set; }

    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    private static string Rootfs => "/test/rootfs";

    public async ValueTask InitializeAsync()
    {
        Rootfses.MakeBusybox(Path.Combine(_directory, "rootfs"));
        MakeTraps(Path.Combine(_directory, "rootfs"));
        string script = Path.Combine(AppContext.BaseDirectory, "Hostile/confine.sh");
        var start = new ProcessStartInfo("sh", [script, _cgroup, _directory, LiveAgent.AgentBinary()]) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _ = DrainAsync(_process.StandardOutput);
        _ = DrainAsync(_process.StandardError);
        Connection = await DialAsync();
        Pid = Processes().Single(pid => CommandName(pid) == "kata-agent");
        RequireConfined();
        await Connection.Agent.CreateSandboxAsync(new CreateSandboxRequest { SandboxId = "sandbox1", Hostname = "podhost" });

        // The sandbox keeps its first container's pid namespace, and the cgroup above the containers' stays.
        await Connection.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = "warm", OCI = NewSpec("warm") });
        await Connection.Agent.StartContainerAsync(new StartContainerRequest { ContainerId = "warm" });
        await Connection.Agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = "warm" });
    }

    /// <summary>A valid spec of a container that sleeps.</summary>
    public static Spec NewSpec(string id) => LiveAgent.NewSpec(Rootfs, $"/f/{id}", "sleep", "1000");

    public Task<AgentConnection> DialAsync() => AgentConnection.DialAsync(
        $"unix://{_directory}/agent.sock",
        new AgentDialOptions { Timeout = TimeSpan.FromSeconds(60), GiveUpReason = () => _process!.HasExited ? "the agent ended: " + string.Join('\n', Log) : null },
        TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Connection is not null)
        {
            await Connection.DisposeAsync();
        }

        // The first process of the pid namespace goes with it, and takes all others along.
        _process?.Kill();
        _process?.Dispose();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Processes().Count > 0)
        {
            await Task.Delay(10, deadline.Token);
        }

        foreach (string group in Cgroups())
        {
            Directory.Delete(group);
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Fails unless the agent is alive and answers.</summary>
    public async Task RequireHealthyAsync(string after)
    {
        try
        {
            HealthCheckResponse reply = await Connection.Health.CheckAsync(new CheckRequest(), deadline: DateTime.UtcNow.AddSeconds(20));
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, reply.Status);
        }
        catch (RpcException error)
        {
            throw new InvalidOperationException($"after {after} the agent is not well: {error.Status}\n{string.Join('\n', Log.TakeLast(20))}", error);
        }
    }

    /// <summary>Everything that the agent holds: what must be the same before and after.</summary>
    public IReadOnlyList<string> Holdings()
    {
        string proc = $"/proc/{Pid}";
        IEnumerable<string> groups = Cgroups().Select(path => path[(path.IndexOf(_cgroup, StringComparison.Ordinal) + _cgroup.Length)..]).Distinct();
        return [
            .. Directory.GetFileSystemEntries($"{proc}/fd").Select(Target).Where(IsOurs).Select(target => "descriptor " + WithoutNumber(target)).Order(StringComparer.Ordinal),
            .. File.ReadLines($"{proc}/mounts").Select(line => "mount " + line),
            .. groups.Order(StringComparer.Ordinal).Select(group => "cgroup " + group),
            .. Processes().Select(CommandName).Order(StringComparer.Ordinal).Select(name => "process " + name),
            .. Files().Select(file => "file " + file),
        ];
    }

    /// <summary>The runtime loads its libraries, and maps memory for code, when it needs them. What was copied into the shared directory stays, half-copied files for minutes.</summary>
    private static bool IsOurs(string target) => !target.EndsWith(".dll", StringComparison.Ordinal) && !target.EndsWith(".pdb", StringComparison.Ordinal) && !target.StartsWith("/memfd:doublemapper", StringComparison.Ordinal) && !IsShared(target);

    /// <summary>What CopyFile has made, and directories that are made once.</summary>
    private static bool IsShared(string path) => path.StartsWith("/run/kata-containers/shared", StringComparison.Ordinal) || path is "/run/kata-containers/sandbox/storage" or "/run/kata-containers/sandbox/ephemeral";

    private static string WithoutNumber(string target) => target.Split(':')[0] is "socket" or "pipe" ? target.Split(':')[0] : target;

    private static string Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget ?? "?";
        }
        catch (IOException)
        {
            return "closed meanwhile";
        }
    }

    private static string CommandName(int pid) => File.ReadAllText($"/proc/{pid}/comm").Trim();

    /// <summary>Links that lead out of the root file system, and into loops.</summary>
    private static void MakeTraps(string rootfs)
    {
        File.CreateSymbolicLink(Path.Combine(rootfs, "out"), "/../../../../../../agent");
        File.CreateSymbolicLink(Path.Combine(rootfs, "up"), "../../../../..");
        File.CreateSymbolicLink(Path.Combine(rootfs, "loop"), "loop");
        File.CreateSymbolicLink(Path.Combine(rootfs, "magic"), "/proc/self/root");
        File.CreateSymbolicLink(Path.Combine(rootfs, "dangling"), "/nowhere");
    }

    /// <summary>What exists where the agent may write at all: changes to the root file system, which is an overlay, and its own directory.</summary>
    private List<string> Files()
    {
        string root = $"/proc/{Pid}/root";
        var found = new List<string>();
        foreach (string directory in (string[])["/run", "/etc", "/tmp", "/dev", "/test"])
        {
            found.AddRange(Directory.EnumerateFileSystemEntries(root + directory).Select(path => path[root.Length..]).Where(path => !path.StartsWith("/test/tmp.", StringComparison.Ordinal)));
        }

        found.AddRange(Directory.EnumerateFileSystemEntries(root).Select(path => path[root.Length..]));
        AddTree(new DirectoryInfo(root + "/run/kata-containers"), root.Length, found);
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>Without following links: hostile requests make some that lead everywhere.</summary>
    private static void AddTree(DirectoryInfo directory, int prefix, List<string> found)
    {
        foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos().Where(entry => !IsShared(entry.FullName[prefix..])))
        {
            found.Add(entry.FullName[prefix..]);
            if (entry is DirectoryInfo { LinkTarget: null } inner)
            {
                AddTree(inner, prefix, found);
            }
        }
    }

    private List<int> Processes()
    {
        var pids = new List<int>();
        foreach (string group in Cgroups().Where(path => path.StartsWith("/sys/fs/cgroup/pids/", StringComparison.Ordinal) || !Directory.Exists("/sys/fs/cgroup/pids")))
        {
            pids.AddRange(File.ReadLines(Path.Combine(group, "cgroup.procs")).Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
        }

        return pids;
    }

    /// <summary>Our groups in all hierarchies, children before parents.</summary>
    private List<string> Cgroups()
    {
        var groups = new List<string>();
        foreach (string hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup"))
        {
            string top = Path.Combine(hierarchy, _cgroup);
            if (Directory.Exists(top))
            {
                groups.AddRange(Directory.EnumerateDirectories(top, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length));
                groups.Add(top);
            }
        }

        return groups;
    }

    /// <summary>Nothing hostile is sent to an agent that could reach the machine.</summary>
    private void RequireConfined()
    {
        string status = File.ReadLines($"/proc/{Pid}/status").Single(line => line.StartsWith("CapBnd:", StringComparison.Ordinal));
        ulong bounding = ulong.Parse(status.Split('\t')[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        Assert.All(Forbidden, capability => Assert.Equal(0ul, bounding & (1ul << capability)));
        foreach (string kind in (string[])["mnt", "net", "pid", "uts", "ipc", "cgroup"])
        {
            Assert.NotEqual(new FileInfo($"/proc/self/ns/{kind}").LinkTarget, new FileInfo($"/proc/{Pid}/ns/{kind}").LinkTarget);
        }
    }

    private async Task DrainAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            lock (_log)
            {
                _log.Add(line);
            }
        }
    }
}
