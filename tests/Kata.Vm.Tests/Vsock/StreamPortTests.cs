using System.Net.Sockets;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Vm.Tests.Vsock;

/// <summary>Standard streams on vsock connections of their own, as the host makes them.</summary>
public sealed class StreamPortTests(VsockVm vsock) : IClassFixture<VsockVm>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentService.AgentServiceClient Agent => vsock.Vm.Agent;

    [Fact]
    public async Task Container_ThreeConnections_CarryItsStreams()
    {
        (Socket input, uint inputPort) = await vsock.ConnectAsync(VsockVm.StreamPort);
        (Socket output, uint outputPort) = await vsock.ConnectAsync(VsockVm.StreamPort);
        (Socket error, uint errorPort) = await vsock.ConnectAsync(VsockVm.StreamPort);
        var request = new CreateContainerRequest
        {
            ContainerId = "three",
            OCI = vsock.Vm.Containers.NewSpec("three", "sh", "-c", "echo to stderr >/dev/stderr; sha256sum; head -c 3000000 /dev/zero | tr '\\0' a; exit 7"),
            StdinPort = inputPort,
            StdoutPort = outputPort,
            StderrPort = errorPort,
        };
        using (input)
        using (output)
        using (error)
        {
            await vsock.Vm.Containers.StartAsync(request);
            StatusCode call = (await Assert.ThrowsAsync<RpcException>(async () => await Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "three", Len = 9 }, cancellationToken: Token))).StatusCode;
            byte[] typed = new byte[200_000];
            for (int sent = 0; sent < typed.Length;)
            {
                sent += await input.SendAsync(typed.AsMemory(sent), Token);
            }

            input.Shutdown(SocketShutdown.Send);
            string printed = await VsockVm.ReadToEndAsync(output);
            string errors = await VsockVm.ReadToEndAsync(error);
            int code = (await Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = "three" }, cancellationToken: Token)).Status;
            await vsock.Vm.Containers.RemoveAsync("three");

            Assert.Equal(StatusCode.FailedPrecondition, call);
            Assert.Equal($"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(typed))}  -\n", printed[..68]);
            Assert.Equal(new string('a', 3_000_000), printed[68..]);
            Assert.Equal(("to stderr\n", 7), (errors, code));
        }
    }

    [Fact]
    public async Task Exec_TerminalOnConnections_TypesAndShows()
    {
        await using Running running = await RunAsync("tty");
        (Socket input, uint inputPort) = await vsock.ConnectAsync(VsockVm.StreamPort);
        (Socket output, uint outputPort) = await vsock.ConnectAsync(VsockVm.StreamPort);
        using (input)
        using (output)
        {
            ExecProcessRequest request = Exec("tty", "sh", "-c", "[ -t 0 ] && read line && echo got-$line && sleep 0.1; exit 4");
            (request.Process.Terminal, request.StdinPort, request.StdoutPort) = (true, inputPort, outputPort);
            await Agent.ExecProcessAsync(request, cancellationToken: Token);

            await input.SendAsync("hello\n"u8.ToArray(), Token);
            await VsockVm.ReadUntilAsync(output, "got-hello");

            Assert.Equal(4, (await Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = "tty", ExecId = "e" }, cancellationToken: Token)).Status);
            await VsockVm.ReadToEndAsync(output);
        }
    }

    [Fact]
    public async Task Exec_HostNeverConnects_FailsInTimeAndClosesWhatItHad()
    {
        await using Running running = await RunAsync("never");
        (Socket output, uint port) = await vsock.ConnectAsync(VsockVm.StreamPort);
        using (output)
        {
            ExecProcessRequest request = Exec("never", "true");
            (request.StdoutPort, request.StderrPort) = (port, 4_000_000);

            RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await Agent.ExecProcessAsync(request, cancellationToken: Token));

            Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
            Assert.Contains("stderr: the host did not connect from port 4000000", error.Status.Detail, StringComparison.Ordinal);
            Assert.Equal(string.Empty, await VsockVm.ReadToEndAsync(output));
        }
    }

    [Fact]
    public async Task Exec_SamePortTwice_IsInvalid()
    {
        await using Running running = await RunAsync("twice");
        ExecProcessRequest request = Exec("twice", "true");
        (request.StdoutPort, request.StderrPort) = (7, 7);

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await Agent.ExecProcessAsync(request, cancellationToken: Token));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task Exec_HostClosesOutputEarly_BreaksThePipe()
    {
        await using Running running = await RunAsync("early");
        (Socket output, uint port) = await vsock.ConnectAsync(VsockVm.StreamPort);
        ExecProcessRequest request = Exec("early", "cat", "/dev/zero");
        request.StdoutPort = port;
        await Agent.ExecProcessAsync(request, cancellationToken: Token);
        await VsockVm.ReadUntilAsync(output, "\0");

        output.Dispose();

        int code = (await Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = "early", ExecId = "e" }, cancellationToken: Token)).Status;
        Assert.Contains(code, (int[])[1, 128 + 13]); // told by an error or by SIGPIPE
    }

    private static ExecProcessRequest Exec(string id, params string[] arguments) => new()
    {
        ContainerId = id,
        ExecId = "e",
        Process = new Process { Args = { arguments }, Cwd = "/", User = new User(), Env = { "PATH=/bin" } },
    };

    private async Task<Running> RunAsync(string id)
    {
        await vsock.Vm.Containers.StartAsync(new CreateContainerRequest { ContainerId = id, OCI = vsock.Vm.Containers.NewSpec(id, "sleep", "1000") });
        return new Running(vsock, id);
    }

    private sealed class Running(VsockVm vsock, string id) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await vsock.Vm.Containers.RemoveAsync(id);
    }
}
