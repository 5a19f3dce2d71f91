using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Kata.Client.Tests.Cri.Protocol;
using Kata.Client.Tests.Host;
using Kata.Testing.Builds;
using Kata.Testing.Containerd;

namespace Kata.Client.Tests.Cri;

/// <summary>A containerd whose CRI plugin runs pods with our runtime, and a client of it.</summary>
public sealed class CriFixture : IAsyncLifetime
{
    /// <summary>The runtime handler of our runtime.</summary>
    internal const string Handler = "kata";

    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan GoneDeadline = TimeSpan.FromSeconds(15);

    private readonly List<string> _pods = [];
    private PrivateContainerd? _containerd;
    private GrpcChannel? _channel;
    private string? _missing;
    private int _count;

    /// <summary>The container runtime interface.</summary>
    internal RuntimeService.RuntimeServiceClient Client { get; private set; } = null!;

    /// <summary>A place for files; removed with the fixture.</summary>
    internal string Directory => Containerd.Directory;

    /// <summary>What containerd logged.</summary>
    internal string Log => Containerd.Log;

    /// <summary>In every name that a test chooses.</summary>
    internal string Mark { get; } = $"kcri{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}";

    private PrivateContainerd Containerd => _containerd ?? throw new InvalidOperationException("containerd is not running");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _missing = Prerequisites.Missing();
        if (_missing is not null || !Runtimes.IsKata)
        {
            return;
        }

        var options = new ContainerdOptions
        {
            CriTables = Tables,
            ImageNamespace = "k8s.io",
            Images = [(BuildOutput.ImageArchive, "localhost/busybox"), (BuildOutput.PauseArchive, "localhost/pause")],
        };
        _containerd = await PrivateContainerd.StartAsync(options, CancellationToken.None);
        _channel = Connect(_containerd.Socket);
        Client = new RuntimeService.RuntimeServiceClient(_channel);
        await ClientFixture.WaitUntilAsync("CRI answers and has a network", ReadyAsync, TimeSpan.FromSeconds(20));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_containerd is not null)
        {
            // Nothing of a failed test may disturb the next suite.
            ProcessTable.Kill(ProcessTable.Read().FindAll(entry => _pods.Any(pod => entry.CommandLine.Contains(pod, StringComparison.Ordinal))));
            await _containerd.DisposeAsync();
        }
    }

    /// <summary>Skips the test, or fails it in CI, when something it needs is missing.</summary>
    internal void Require()
    {
        Assert.SkipUnless(Runtimes.IsKata, "pods with our runtime");
        if (_missing is not null)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", $"cannot run: {_missing}");
            Assert.Skip(_missing);
        }
    }

    /// <summary>Runs a pod; disposing it stops and removes it.</summary>
    /// <param name="name">What the test is about.</param>
    /// <param name="change">Changes the pod's description.</param>
    internal async Task<CriPod> RunPodAsync(string name, Action<PodSandboxConfig>? change = null)
    {
        PodSandboxConfig config = Describe(name);
        change?.Invoke(config);
        try
        {
            RunPodSandboxResponse response = await Client.RunPodSandboxAsync(new RunPodSandboxRequest { Config = config, RuntimeHandler = Handler }, Options());
            _pods.Add(response.PodSandboxId);
            return new CriPod(this, response.PodSandboxId, config);
        }
        catch (RpcException)
        {
            RemoveCgroup(config.Linux.CgroupParent);
            throw;
        }
    }

    /// <summary>The description of a pod with a name and a cgroup of its own.</summary>
    internal PodSandboxConfig Describe(string name)
    {
        string unique = $"{Mark}-{name}-{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}";
        return new PodSandboxConfig
        {
            Metadata = new PodSandboxMetadata { Name = unique, Uid = unique, Namespace = "default" },
            Hostname = name,
            LogDirectory = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "logs", unique)).FullName,
            Linux = new LinuxPodSandboxConfig { CgroupParent = "/" + unique, SecurityContext = new LinuxSandboxSecurityContext() },
        };
    }

    /// <summary>Removes a pod's own cgroup, as the kubelet would, which made it; one that is not empty stays and is found.</summary>
    internal static void RemoveCgroup(string parent)
    {
        foreach (string group in System.IO.Directory.EnumerateDirectories("/sys/fs/cgroup").Prepend("/sys/fs/cgroup").Select(root => root + parent).Where(System.IO.Directory.Exists))
        {
            System.IO.Directory.Delete(group);
        }
    }

    /// <summary>A call's deadline.</summary>
    internal static CallOptions Options() => new(deadline: DateTime.UtcNow + CallTime, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Everything of all pods so far, and of any pod whose id nobody was told.</summary>
    internal HostSnapshot Snapshot() => HostSnapshot.Take([Mark, Directory, "/run/vc/sbs/", "/run/vc/vm/", "/run/kata-containers/shared/sandboxes/", .. _pods]);

    /// <summary>Waits until nothing is left that was not there before, but for the cgroup that the kubelet would remove.</summary>
    internal async Task AssertNothingLeftAsync(HostSnapshot before)
    {
        IReadOnlyList<string> left = [];
        try
        {
            await ClientFixture.WaitUntilAsync(
                "all traces gone",
                () =>
                {
                    left = Snapshot().Since(before);
                    return Task.FromResult(left.Count == 0);
                },
                GoneDeadline);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"left behind:\n  {string.Join("\n  ", left)}\ncontainerd's log:\n{string.Join('\n', Log.Split('\n').TakeLast(30))}");
        }
    }

    private static GrpcChannel Connect(string socket) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        },
    });

    private async Task<bool> ReadyAsync()
    {
        try
        {
            StatusResponse response = await Client.StatusAsync(new StatusRequest(), Options());
            return response.Status.Conditions.All(condition => condition.Status);
        }
        catch (RpcException error)
        {
            throw new InvalidOperationException($"CRI does not answer: {error.Status.Detail}; containerd's log:\n{Log}", error);
        }
    }

    private static string Tables(string directory)
    {
        string configuration = BuildOutput.WriteConfiguration(directory, text => ClientFixture.With(ClientFixture.With(text, "default_memory", "512"), "disable_guest_seccomp", "false"));
        CniPlugins.WriteTo(directory);
        return $"""
            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "localhost/pause:latest"
              restrict_oom_score_adj = true
              netns_mounts_under_state_dir = true
              disable_tcp_service = true
              stream_server_address = "127.0.0.1"
              [plugins."io.containerd.grpc.v1.cri".cni]
                bin_dir = "{CniPlugins.Programs(directory)}"
                conf_dir = "{CniPlugins.Configuration(directory)}"
              [plugins."io.containerd.grpc.v1.cri".containerd]
                default_runtime_name = "{Handler}"
              [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{Handler}]
                runtime_type = "{Runtimes.Name}"
                privileged_without_host_devices = true
                pod_annotations = ["io.katacontainers.*"]
                container_annotations = ["io.katacontainers.*"]
                [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{Handler}.options]
                  ConfigPath = "{configuration}"
            """;
    }
}
