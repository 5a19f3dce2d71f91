using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Privileged.Tests.Agents;

/// <summary>What containers that share a pid namespace may see of each other: an agent of its own, because only the first container's namespace is shared.</summary>
public sealed class SharedPidPrivacyTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private readonly GuestContainers _containers = new(live.Agent, live.Rootfs, "/" + live.CgroupPrefix);

    // CVE-2016-9962: until it executes its program, a container's process holds a copy of the agent, which neighbours must not look into.
    [Fact]
    public async Task Join_NotExecutedYet_NeighboursCannotLookInside()
    {
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "first", ExecId = "first", OCI = _containers.NewSpec("first", "sleep", "1000") });
        var waiting = new CreateContainerRequest { ContainerId = "waiting", ExecId = "waiting", SandboxPidns = true, OCI = _containers.NewSpec("waiting", "true") };
        await live.Agent.CreateContainerAsync(waiting, cancellationToken: TestContext.Current.CancellationToken);

        ContainerRun run = await _containers.ExecAsync(
            "first", "look", "sh", "-c", "for p in /proc/[0-9]*; do case $(cat $p/comm 2>/dev/null) in sh|sleep|cat|setsid|sort|'') ;; *) echo seen; readlink $p/exe; test $(cat $p/maps 2>/dev/null | head -c 1 | wc -c) = 0 || echo readable;; esac; done | sort -u");
        await _containers.RemoveAsync("waiting");
        await _containers.RemoveAsync("first");

        Assert.Equal("seen\n", run.Output);
    }
}
