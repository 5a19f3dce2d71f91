using Kata.Testing.Commands;

namespace Kata.Client.Tests.Host;

/// <summary>The other tests are worth nothing if this one does not see what they look for.</summary>
public sealed class HostSnapshotTests(ClientFixture fixture)
{
    [Fact]
    public async Task Since_WhatASandboxCanLeave_IsSeenUntilItIsGone()
    {
        fixture.Require();
        string id = fixture.NewId("leak");
        HostSnapshot before = fixture.Snapshot();
        string share = $"/run/kata-containers/shared/sandboxes/{id}";
        string cgroup = Directory.GetDirectories("/sys/fs/cgroup").Prepend("/sys/fs/cgroup").Last(path => File.Exists(Path.Combine(path, "cgroup.procs")));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        // A mount in a namespace of its own, held only by a process that looks like a VMM.
        Task process = Command.RunAsync(
            "unshare",
            ["--mount", "bash", "-c", $"mkdir -p {share} /run/vc/sbs/{id} && mkdir {cgroup}/{id} && mount -t tmpfs tmpfs {share} && exec -a qemu-system-fake sh -c 'sleep 1000; :' {id}"],
            new CommandOptions { Deadline = TimeSpan.FromSeconds(60) },
            stop.Token);
        await ProcessTable.WaitForAsync(entry => entry.Name == "qemu-system-fake", TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        string left = string.Join('\n', fixture.Snapshot().Since(before));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => process);
        Directory.Delete(share);
        Directory.Delete($"/run/vc/sbs/{id}");
        Directory.Delete(Path.Combine(cgroup, id));

        Assert.Contains("qemu-system-fake", left, StringComparison.Ordinal);
        Assert.Contains($"mount {share} in mnt:", left, StringComparison.Ordinal);
        Assert.Contains($"file /run/vc/sbs/{id}", left, StringComparison.Ordinal);
        Assert.Contains($"cgroup {cgroup}/{id}", left, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }
}
