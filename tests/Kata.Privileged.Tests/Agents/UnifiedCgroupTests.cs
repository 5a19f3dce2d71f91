using Kata.Linux.Cgroups;
using Kata.Protocols.Agent;

namespace Kata.Privileged.Tests.Agents;

/// <summary>An agent that sees version 2 of cgroups alone, without controllers where version 1 has them.</summary>
public sealed class UnifiedCgroupTests
{
    [Fact]
    public async Task FirstProcessAndExec_OnVersion2_AreInTheContainersGroup()
    {
        Assert.SkipUnless(LiveAgent.Elsewhere is null, "looks at the agent's cgroups");
        string? unified = CgroupHierarchy.Detect().UnifiedDirectory;
        Assert.SkipWhen(unified is null, "this machine has no cgroup v2");
        await using var live = new LiveAgent { Preparation = "umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup" };
        await live.InitializeAsync();
        ICgroup group = CgroupHierarchy.OfUnified(unified).Open($"/{live.CgroupPrefix}/placed");

        await live.CreateAsync("placed", live.NewSpec("placed", "sleep", "1000"));
        int first = Assert.Single(group.Processes());
        await live.StartAsync("placed");
        var exec = new ExecProcessRequest { ContainerId = "placed", ExecId = "more", Process = live.NewSpec("placed", "sleep", "1000").Process };
        await live.Agent.ExecProcessAsync(exec, cancellationToken: TestContext.Current.CancellationToken);
        IReadOnlyList<int> both = group.Processes();
        await live.RemoveAsync("placed");

        Assert.Equal(2, both.Count);
        Assert.Contains(first, both);
        Assert.False(group.Exists);
    }
}
