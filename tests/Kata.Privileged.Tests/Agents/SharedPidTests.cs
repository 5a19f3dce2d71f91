using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Privileged.Tests.Agents;

/// <summary>The pid namespace of the sandbox's first container, which others join: an agent of its own, because only the first container counts.</summary>
public sealed class SharedPidTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private readonly GuestContainers _containers = new(live.Agent, live.Rootfs, "/" + live.CgroupPrefix);

    [Fact]
    public async Task Join_FirstProcessEnds_ItsOthersEndToo()
    {
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "pods", ExecId = "pods", OCI = _containers.NewSpec("pods", "sleep", "1000") });
        var request = new CreateContainerRequest
        {
            ContainerId = "guest",
            ExecId = "guest",
            SandboxPidns = true,
            OCI = _containers.NewSpec("guest", "sh", "-c", "setsid sleep 4242 </dev/null >/dev/null 2>&1 & exit 0"),
        };

        await _containers.StartAsync(request);
        Assert.Equal(0, await live.WaitAsync("guest"));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        for (int round = 0; (await _containers.ExecAsync("pods", $"ps{round}", "ps")).Output.Contains("4242", StringComparison.Ordinal); round++)
        {
            deadline.Token.ThrowIfCancellationRequested();
        }

        await _containers.RemoveAsync("guest");
        string neighbour = await LookAtWaitingProcessAsync(request);
        await _containers.RemoveAsync("pods");
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.StartAsync(request));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("the pid namespace to join has ended", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("seen\n", neighbour);
    }

    // CVE-2016-9962: until it executes its program, a container's process holds a copy of the agent, which neighbours must not look into.
    private async Task<string> LookAtWaitingProcessAsync(CreateContainerRequest request)
    {
        CreateContainerRequest waiting = request.Clone();
        waiting.ContainerId = waiting.ExecId = "waiting";
        await live.Agent.CreateContainerAsync(waiting, cancellationToken: TestContext.Current.CancellationToken);

        ContainerRun run = await _containers.ExecAsync(
            "pods", "look", "sh", "-c", "for p in /proc/[0-9]*; do case $(cat $p/comm 2>/dev/null) in sh|sleep|cat|setsid|sort|'') ;; *) echo seen; readlink $p/exe; test $(cat $p/maps 2>/dev/null | head -c 1 | wc -c) = 0 || echo readable;; esac; done | sort -u");
        await _containers.RemoveAsync("waiting");
        return run.Output;
    }
}
