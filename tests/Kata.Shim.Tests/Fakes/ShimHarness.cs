using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Linux.Sockets;
using Kata.Protocols.RuntimeOptions;
using Kata.Runtime.Tests.Fakes;
using Kata.Shim.Events;
using Kata.Shim.Tasks;
using Kata.Testing.Agents;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;
using Proto = Kata.Protocols.Task;

namespace Kata.Shim.Tests.Fakes;

/// <summary>The shim's Task service between a fake containerd and a fake agent, all at the wire.</summary>
public sealed class ShimHarness : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("kata-shim-");
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeGuestFactory _factory;
    private readonly EventPublisher _events;
    private readonly TaskLifecycle _tasks;
    private readonly FdStream _serverSide;
    private readonly TtrpcClient _connection;
    private readonly Task _serving;

    public ShimHarness()
    {
        Agent = FakeAgent.Start();
        Containerd = new FakeContainerd(_root.FullName);
        Containerd.Start();
        _factory = new FakeGuestFactory(Agent);
        _events = new EventPublisher(
            _ => Task.FromResult<Stream>(new FdStream(UnixSockets.ConnectFd(Containerd.Path))), "ns", NullLogger.Instance, new EventPublisherOptions());
        _tasks = new TaskLifecycle(
            new TaskCreator(NullLogger.Instance, _factory, Path.Combine(_root.FullName, "run")), new TaskEvents(_events), () => ShutDown = true, NullLogger.Instance);
        var server = new TtrpcServer(NullLogger.Instance);
        Proto.Task.BindService(server, new TaskService(_tasks));
        (Fd ours, Fd theirs) = UnixSockets.Pair();
        _serverSide = new FdStream(theirs);
        _serving = server.ServeAsync(_serverSide, _stop.Token);
        _connection = new TtrpcClient(new FdStream(ours));
        Client = new Proto.Task.TaskClient(_connection);
    }

    public FakeAgent Agent { get; }

    public FakeContainerd Containerd { get; }

    public Proto.Task.TaskClient Client { get; }

    public bool ShutDown { get; private set; }

    public FakeMachine Machine => _factory.Machine!;

    public string RunRoot => Path.Combine(_root.FullName, "run");

    /// <summary>Makes a FIFO.</summary>
    public string Fifo(string name)
    {
        using Fd directory = Fd.Open(_root.FullName, OpenFlags.Path);
        FileAt.MakeNode(directory, name, FileKind.Fifo, 0x180);
        return Path.Combine(_root.FullName, name);
    }

    /// <summary>A request for a task with a bundle of its own.</summary>
    public Proto.CreateTaskRequest Request(string id, string annotations = "{}")
    {
        string bundle = _root.CreateSubdirectory(id).FullName;
        Directory.CreateDirectory(Path.Combine(bundle, "rootfs"));
        string spec = $$"""{"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/","user":{"uid":0,"gid":0} },"root":{"path":"rootfs"},"linux":{},"annotations":{{annotations}} }""";
        File.WriteAllText(Path.Combine(bundle, "config.json"), spec);
        string configuration = Path.Combine(_root.FullName, "configuration.toml");
        File.WriteAllText(configuration, "[hypervisor.qemu]\nkernel = \"/bin/sh\"\ninitrd = \"/bin/sh\"\nshared_fs = \"virtio-9p\"\n");
        var options = new Options { ConfigPath = configuration };
        return new Proto.CreateTaskRequest
        {
            Id = id,
            Bundle = bundle,
            Options = new Any { TypeUrl = "runtimeoptions.v1.Options", Value = options.ToByteString() },
        };
    }

    /// <summary>A request for one more process.</summary>
    public static Proto.ExecProcessRequest Exec(string id, string execId) => new()
    {
        Id = id,
        ExecId = execId,
        Spec = new Any
        {
            TypeUrl = "types.containerd.io/opencontainers/runtime-spec/1/Process",
            Value = ByteString.CopyFromUtf8("""{"args":["true"],"cwd":"/","user":{"uid":0,"gid":0}}"""),
        },
    };

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _stop.CancelAsync();
        await _serving;
        await _serverSide.DisposeAsync();
        await _tasks.DisposeAsync();
        await _events.DisposeAsync();
        await Containerd.DisposeAsync();
        await Agent.DisposeAsync();
        _stop.Dispose();
        _root.Delete(recursive: true);
    }
}
