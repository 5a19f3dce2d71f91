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
        await _containers.RemoveAsync("pods");
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.StartAsync(request));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("the pid namespace to join has ended", error.Status.Detail, StringComparison.Ordinal);
    }
}
