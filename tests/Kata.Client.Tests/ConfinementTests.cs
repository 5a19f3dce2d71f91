using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary>What an attacker finds who has taken over the guest, or one of the processes that serve it.</summary>
public sealed class ConfinementTests(ClientFixture fixture)
{
    /// <summary>CVE-2026-47243, CVE-2020-35517: virtiofsd without sandbox or filter. What counts is not what it was told but what /proc says.</summary>
    [Fact]
    public async Task Run_EveryHelperOfTheSandbox_IsConfined()
    {
        Require();
        string id = fixture.NewId("confined");
        await fixture.StartAsync(id, ["sleep", "1000"]);
        List<ProcessEntry> helpers = ProcessTable.Read().FindAll(entry => entry.CommandLine.Contains(id, StringComparison.Ordinal) && entry.Name != "containerd-shim-kata-v2");

        List<ProcessEntry> machines = helpers.FindAll(entry => entry.Name.StartsWith("qemu-system", StringComparison.Ordinal));
        List<ProcessEntry> shares = helpers.FindAll(entry => entry.Name == "virtiofsd");
        Assert.Single(machines);
        Assert.InRange(shares.Count, 1, 2);
        Assert.Equal(helpers.Count, machines.Count + shares.Count);
        Assert.All(helpers, helper => Assert.NotEqual(Namespace("self", "mnt"), Namespace(helper.Pid, "mnt")));
        Assert.Empty(Unfiltered(machines[0].Pid));
        foreach (ProcessEntry share in shares)
        {
            Assert.DoesNotMatch("(sandbox|seccomp)[= ]none", share.CommandLine);
            Assert.NotEqual(Namespace("self", "net"), Namespace(share.Pid, "net"));
            Assert.Equal([id], Directory.GetFileSystemEntries($"/proc/{share.Pid}/root").Select(Path.GetFileName)); // the shared directory is all there is
            Assert.Equal(0UL, Capabilities(share.Pid, "CapBnd"));
            if (Capabilities(share.Pid, "CapEff") != 0)
            {
                // One thread of QEMU's virtiofsd, which frees memory, is older than its filter and kept what it had: known, and no other may be like it.
                Assert.InRange(Unfiltered(share.Pid).Count, 0, 1);
                Assert.DoesNotContain($"{share.Pid}", Unfiltered(share.Pid));
            }
        }

        Assert.Contains(shares, share => Status(share.Pid, "Seccomp") == "2");
        await fixture.RemoveAsync(id);
    }

    /// <summary>CVE-2020-28914: read-only in the container alone. Here the container takes the whole share from the guest's side, as its root could.</summary>
    [Fact]
    public async Task Run_ReadOnlyVolumeMountedAnewInTheGuest_CannotBeWritten()
    {
        Require();
        HostSnapshot before = fixture.Snapshot();
        string directory = Directory.CreateDirectory(Path.Combine(fixture.Directory, "sealed")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "in"), "from the host", TestContext.Current.CancellationToken);
        const string Script = """
            busybox mount -o remount,rw,bind /volume && echo x > /volume/out
            busybox mkdir /share && busybox mount -t virtiofs kataShared /share && busybox cat /share/*volume/in && echo
            for target in /share /share/*volume; do echo x > $target/out; busybox ln -s / $target/link; busybox mkdir $target/made; done
            echo tried
            """;

        CommandResult result = await fixture.RunAsync(
            fixture.NewId("sealed"), ["sh", "-c", Script], ["--cap-add", "CAP_SYS_ADMIN", "--mount", $"type=bind,src={directory},dst=/volume,options=rbind:ro"]);

        Assert.Equal("from the host\ntried\n", result.Output);
        Assert.Equal(7, result.Error.Split("Read-only file system").Length - 1);
        Assert.Equal(["in"], Directory.GetFileSystemEntries(directory).Select(Path.GetFileName));
        await fixture.AssertNothingLeftAsync(before);
    }

    /// <summary>The threads of a process without a system call filter.</summary>
    private static List<string> Unfiltered(int pid)
    {
        Assert.Equal("1", Status(pid, "NoNewPrivs"));
        return [.. Directory.GetDirectories($"/proc/{pid}/task").Select(path => Path.GetFileName(path)).Where(thread => Status(pid, "Seccomp", thread) != "2")];
    }

    private static ulong Capabilities(int pid, string set) => Convert.ToUInt64(Status(pid, set), 16);

    private static string Status(int pid, string key, string? thread = null) =>
        File.ReadLines($"/proc/{pid}/task/{thread ?? $"{pid}"}/status").Single(line => line.StartsWith(key + ":", StringComparison.Ordinal))[(key.Length + 1)..].Trim();

    private static string? Namespace(object process, string kind) => new FileInfo($"/proc/{process}/ns/{kind}").LinkTarget;

    private void Require()
    {
        fixture.Require();
        Assert.SkipUnless(Runtimes.IsKata, "it is about our runtime");
    }
}
