using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Kata.AgentClient;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Vsock;

/// <summary>What the agent serves on vsock: the host gets it, and nobody in the guest.</summary>
public sealed class VsockTests(VsockVm vsock) : IClassFixture<VsockVm>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Agent_HostConnects_AnswersCalls()
    {
        var options = new AgentDialOptions { Timeout = TimeSpan.FromSeconds(60) };

        await using AgentConnection connection = await AgentConnection.DialAsync($"hvsock://{vsock.SocketPath}:1024", options, Token);
        GuestDetailsResponse details = await connection.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: Token);

        Assert.True(details.AgentDetails.InitDaemon);
    }

    [Fact]
    public async Task DebugConsole_HostConnects_GetsAShellOfItsOwn()
    {
        (Socket first, _) = await vsock.ConnectAsync(VsockVm.ConsolePort);
        (Socket second, _) = await vsock.ConnectAsync(VsockVm.ConsolePort);
        using (first)
        using (second)
        {
            await first.SendAsync("cd /tools; [ -t 0 ] && echo terminal-$((6*7))\n"u8.ToArray(), Token);
            await VsockVm.ReadUntilAsync(first, "terminal-42");
            await second.SendAsync("cd /sbin; echo $PWD-$((6*7)); exit\n"u8.ToArray(), Token);
            Assert.Contains("/sbin-42", await VsockVm.ReadToEndAsync(second), StringComparison.Ordinal);
            await first.SendAsync("echo $PWD-$((6*7))\n"u8.ToArray(), Token);
            await VsockVm.ReadUntilAsync(first, "/tools-42");
        }
    }

    [Fact]
    public async Task LogStream_HostConnects_GetsTheRecords()
    {
        (Socket log, _) = await vsock.ConnectAsync(VsockVm.LogPort);
        using (log)
        {
            await vsock.Vm.Health.VersionAsync(new CheckRequest(), cancellationToken: Token);

            await VsockVm.ReadUntilAsync(log, "request Version");
        }
    }

    [Fact]
    public async Task Spans_HostListens_GetsThem()
    {
        await vsock.Vm.Agent.ListInterfacesAsync(new ListInterfacesRequest(), cancellationToken: Token);
        var all = new StringBuilder();
        while (!all.ToString().Contains("list_interfaces", StringComparison.Ordinal))
        {
            using Socket connection = await vsock.Spans.AcceptAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Token);
            all.Append(await VsockVm.ReadToEndAsync(connection));
        }
    }

    // The guest's own number reaches the same listeners as the local one.
    [Theory]
    [InlineData(1, 1024)]
    [InlineData(1, VsockVm.LogPort)]
    [InlineData(1, VsockVm.ConsolePort)]
    [InlineData(1, VsockVm.StreamPort)]
    [InlineData(VsockDevice.GuestContext, 1024)]
    [InlineData(VsockDevice.GuestContext, VsockVm.ConsolePort)]
    public async Task Ports_ProcessOfTheGuestConnects_IsShownTheDoor(uint context, uint port)
    {
        ContainerRun run = await vsock.Vm.Containers.RunAsync("local", vsock.NewSpec("local", $"timeout 10 $peer connect {context} {port}; echo ended with $?"));

        Assert.StartsWith("open\n", run.Error, StringComparison.Ordinal); // there is a way to the port: that is what is tested
        Assert.Contains(run.Output, (string[])["ended with 0\n", "ended with 1\n"]);
    }

    [Fact]
    public async Task Everything_OnTheLocalContext_IsThereForTheGuestAndNotForTheHost()
    {
        ContainerRun run = await vsock.Vm.Containers.RunAsync("inside", vsock.NewSpec("inside", Development)).WaitAsync(TimeSpan.FromSeconds(60), Token);

        Assert.True(run.Code == 0, $"{run}");
        Assert.Contains("\"grpc_version\": \"0.0.1\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("console-42", run.Output, StringComparison.Ordinal);
        Assert.Contains("request Version", run.Output, StringComparison.Ordinal);
        Assert.Contains("get_guest_details", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KernelModules_OfTheRequest_AreLoadedWithTheirParametersAndWhatTheyDependOn()
    {
        ContainerRun run = await vsock.Vm.Containers.RunAsync("modules", vsock.NewSpec("modules", "ls -d /sys/module/vsock_loopback /sys/module/mtty /sys/module/mdev"));

        Assert.Equal(0, run.Code);
        Assert.Contains("vsock_loopback: unknown parameter 'kata_test' ignored", vsock.Vm.Console, StringComparison.Ordinal); // the kernel got it
    }

    [Fact]
    public void KernelModules_NotInTheImage_FailWithTheWordsOfModprobe()
    {
        Assert.Equal(StatusCode.FailedPrecondition, vsock.MissingModule.StatusCode);
        Assert.StartsWith("modprobe kata_nosuch failed with 1: ", vsock.MissingModule.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("not found", vsock.MissingModule.Status.Detail, StringComparison.Ordinal);
    }

    // A second agent, in a container: it is an ordinary process there.
    private const string Development = """
        cat >/tmp/agent.toml <<EOF
        server_addr = "vsock://1:2024"
        log_level = "debug"
        log_vport = 2025
        debug_console = true
        debug_console_vport = 2026
        tracing = true
        trace_addr = "vsock://1:20240"
        EOF
        $peer listen 1 20240 >/tmp/spans 2>/tmp/listening &
        until grep -q listening /tmp/listening; do usleep 10000; done
        $agent --config /tmp/agent.toml &
        served=$!
        $ctl connect -s vsock://1:2024 -c Version -c GetGuestDetails || exit
        until echo 'echo console-$((6*7)); exit' | $peer connect 1 2026; do usleep 10000; done
        $peer connect 1 2025 </dev/null >/tmp/log &
        until grep -q 'request Version' /tmp/log; do usleep 10000; done
        until grep -q get_guest_details /tmp/spans; do usleep 10000; done
        cat /tmp/log /tmp/spans
        kill $served $!
        """;
}
