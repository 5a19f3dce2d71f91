using System.Net.Sockets;
using System.Text;
using Grpc.Core;

namespace Kata.Vm.Tests.Guests;

/// <summary>The debug console and the log stream of a guest, over virtio-serial ports as no vsock is needed for them.</summary>
public sealed class SideChannelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const string Settings = """
        debug_console = true
        log_vport = 1025
        log_level = "debug"

        [endpoints]
        allowed = ["CreateSandboxRequest", "ListInterfacesRequest"]
        """;

    [Fact]
    public async Task ConsoleAndLog_AskedForInAFile_AreThere()
    {
        await using AgentVm vm = NewVm("agent.config_file=/etc/kata-agent.toml");
        vm.Files.Directory("etc").File("etc/kata-agent.toml", Encoding.UTF8.GetBytes(Settings));
        vm.Files.Directory("bin").File("bin/sh", await File.ReadAllBytesAsync("/bin/busybox", Token), executable: true);
        await vm.BootAsync();

        // A shell with a terminal of its own; when it ends, the next one comes.
        for (int visit = 0; visit < 2; visit++)
        {
            using Socket console = Connect(vm, "console");
            await console.SendAsync("[ -t 0 ] && echo terminal-$((6*7))-$(ulimit -n)\n"u8.ToArray(), Token);
            await ReadUntilAsync(console, "terminal-42-1024");
            await console.SendAsync("exit\n"u8.ToArray(), Token);
            await ReadUntilAsync(console, "[the shell ended]");
        }

        using Socket log = Connect(vm, "log");
        string records = await ReadUntilAsync(log, "request CreateSandbox");
        Assert.Contains("\"name\":\"kata-agent\"", records, StringComparison.Ordinal);
        Assert.DoesNotContain("request CreateSandbox", vm.Console, StringComparison.Ordinal);
        await vm.Agent.ListInterfacesAsync(new Protocols.Agent.ListInterfacesRequest(), cancellationToken: Token);
        RpcException blocked = await Assert.ThrowsAsync<RpcException>(async () => await vm.Agent.ListRoutesAsync(new Protocols.Agent.ListRoutesRequest(), cancellationToken: Token));
        Assert.Equal("ListRoutesRequest is blocked", blocked.Status.Detail);
        await vm.Health.CheckAsync(new Protocols.Agent.CheckRequest(), cancellationToken: Token);
        Assert.Contains("request Check", await ReadUntilAsync(log, "request Check"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Console_NotAskedFor_IsClosed()
    {
        await using AgentVm vm = NewVm("agent.debug_console_vport=1026");
        vm.Files.Directory("bin").File("bin/sh", await File.ReadAllBytesAsync("/bin/busybox", Token), executable: true);
        await vm.BootAsync();

        using Socket console = Connect(vm, "console");
        await console.SendAsync("echo $((6*7))\n"u8.ToArray(), Token);
        await vm.Containers.RunAsync("c1", vm.Containers.NewSpec("c1", "true"));

        Assert.Equal(0, console.Available);
    }

    private static AgentVm NewVm(params string[] parameters)
    {
        var vm = new AgentVm();
        foreach (string parameter in parameters)
        {
            vm.KernelParameters.Add(parameter);
        }

        foreach (string argument in (string[])
            [
                "-device", "virtio-serial-pci,disable-legacy=on,id=serial1,addr=0x1d",
                "-chardev", $"socket,id=console,path={Path.Combine(vm.HostDirectory, "console-port")},server=on,wait=off",
                "-device", "virtserialport,bus=serial1.0,nr=1,chardev=console,name=org.kata-containers.debug-console.0",
                "-chardev", $"socket,id=log,path={Path.Combine(vm.HostDirectory, "log-port")},server=on,wait=off",
                "-device", "virtserialport,bus=serial1.0,nr=2,chardev=log,name=org.kata-containers.log.0",
            ])
        {
            vm.Arguments.Add(argument);
        }

        return vm;
    }

    private static Socket Connect(AgentVm vm, string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(vm.HostDirectory, name + "-port")));
        return socket;
    }

    private static async Task<string> ReadUntilAsync(Socket socket, string wanted)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
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

            Assert.True(count > 0, $"the channel closed after: {text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
