using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Builds;
using Kata.Vm.Tests.Guests;

namespace Kata.Vm.Tests.Vsock;

/// <summary>A guest with a vsock device and the loopback module, whose agent serves everything it can serve on vsock. Tests drive it over virtio-serial.</summary>
public sealed class VsockVm : IAsyncLifetime
{
    public const uint LogPort = 1025;
    public const uint ConsolePort = 1026;
    public const uint StreamPort = 1027;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly string[] Libraries = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libm.so.6", "/lib64/ld-linux-x86-64.so.2"];

    private VsockDevice? _device;
    private Socket? _spans;

    public AgentVm Vm { get; } = new() { Mebibytes = 384, MachineOptions = ",memory-backend=m0", Sandbox = null };

    /// <summary>The host's side of the device.</summary>
    public string SocketPath => _device!.SocketPath;

    /// <summary>Where the guest's connections to the host's port for spans arrive.</summary>
    public Socket Spans => _spans!;

    /// <summary>How a sandbox failed whose module the guest has not.</summary>
    public RpcException MissingModule { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _device = await VsockDevice.StartAsync(Vm.HostDirectory);
        foreach (string argument in _device.Arguments(Vm.Mebibytes))
        {
            Vm.Arguments.Add(argument);
        }

        foreach (string parameter in (string[])
            [
                "agent.debug_console", $"agent.debug_console_vport={ConsolePort}", $"agent.log_vport={LogPort}", "agent.log=debug", "agent.trace",
                $"agent.passfd_listener_port={StreamPort}", "loglevel=6",
            ])
        {
            Vm.KernelParameters.Add(parameter);
        }

        _spans = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _spans.Bind(new UnixDomainSocketEndPoint(SocketPath + "_10240"));
        _spans.Listen(16);
        GuestModules.AddTo(Vm.Files);
        await AddToolsAsync();
        await Vm.BootAsync();
        var missing = new CreateSandboxRequest { KernelModules = { new KernelModule { Name = "kata_nosuch" } } };
        MissingModule = await Assert.ThrowsAsync<RpcException>(async () => await Vm.Agent.CreateSandboxAsync(missing, cancellationToken: Token));
        KernelModule[] modules = [new KernelModule { Name = "vsock-loopback", Parameters = { "kata_test=7" } }, new KernelModule { Name = "mtty" }];
        await Vm.Agent.CreateSandboxAsync(new CreateSandboxRequest { SandboxId = "sandbox1", KernelModules = { modules } }, cancellationToken: Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Vm.DisposeAsync();
        _spans?.Dispose();
        if (_device is not null)
        {
            await _device.DisposeAsync();
        }
    }

    /// <summary>A container's specification with the tools.</summary>
    /// <param name="id">The container.</param>
    /// <param name="script">What it runs. The tools: <c>peer</c>, <c>ctl</c> (kata-agent-ctl) and <c>agent</c>.</param>
    public Spec NewSpec(string id, string script)
    {
        Spec spec = Vm.Containers.NewSpec(id, "sh", "-c", $"peer=/tools/peer agent=/agent ctl='/tools/ld-linux-x86-64.so.2 --library-path /tools /tools/kata-agent-ctl'\n{script}");
        GuestContainers.AddBind(spec, "/tools", "/tools", "ro");
        GuestContainers.AddBind(spec, "/init", "/agent", "ro");
        GuestContainers.AddBind(spec, "/dev/vsock", "/dev/vsock");
        return spec;
    }

    /// <summary>Connects as the host.</summary>
    /// <param name="port">The guest's port.</param>
    /// <returns>The connection, and the port on the host's side that the guest sees.</returns>
    public async Task<(Socket Socket, uint HostPort)> ConnectAsync(uint port)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {port}\n"), Token);
            string line = await ReadUntilAsync(socket, "\n");
            return (socket, uint.Parse(line.AsSpan(3).Trim(), System.Globalization.CultureInfo.InvariantCulture));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads until a text has come; not a byte more than a line's if that text is the end of a line.</summary>
    public static async Task<string> ReadUntilAsync(Socket socket, string wanted)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Deadline);
        var text = new StringBuilder();
        byte[] buffer = new byte[wanted == "\n" ? 1 : 4096];
        while (!text.ToString().Contains(wanted, StringComparison.Ordinal))
        {
            int count;
            try
            {
                count = await socket.ReceiveAsync(buffer, deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"no '{wanted}' in: {text}");
            }

            if (count == 0)
            {
                throw new IOException($"the other side closed after: {text}");
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    /// <summary>Everything until the other side ends.</summary>
    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Deadline);
        var all = new MemoryStream();
        byte[] buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, deadline.Token) is var count and > 0)
        {
            all.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }

    private async Task AddToolsAsync()
    {
        Vm.Files.Directory("tools");
        string peer = await VsockDevice.CompileAsync("peer.c", Vm.HostDirectory);
        foreach (string file in (string[])[peer, Path.Combine(BuildOutput.BinDirectory, "kata-agent-ctl"), .. Libraries])
        {
            Vm.Files.File("tools/" + Path.GetFileName(file), await File.ReadAllBytesAsync(file, Token), executable: true);
        }
    }
}
