using Kata.Linux.Processes;
using Kata.Linux.Security;

namespace Kata.Linux.Tests.Processes;

/// <summary>These need root.</summary>
public sealed class CredentialStepsTests
{
    private const int GetDumpable = 3; // PR_GET_DUMPABLE
    private static readonly string[] Environment = ["PATH=/usr/bin:/bin", "LC_ALL=C"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Steps_OrdinaryUserWithOneCapability_HasJustThat()
    {
        CapabilitySet wanted = CapabilitySet.Parse("CAP_NET_BIND_SERVICE");
        string output = await ProgramOutput.RunAsync(
            program => program.DropBounding(wanted).KeepCapabilities(true).SetGroups(5, 6).SetGid(1234).SetUid(4321).KeepCapabilities(false)
                .SetCapabilities(wanted, wanted, wanted).RaiseAmbient(wanted).NoNewPrivileges().SetUmask(0x3f)
                .Execute("/bin/grep", ["grep", "-E", "^(Uid|Gid|Groups|Cap...|NoNewPrivs|Umask):", "/proc/self/status"], Environment),
            Cancel,
            new LaunchOptions { ShareMemory = true });

        Assert.Equal(
            [
                "Umask:0077", "Uid:4321432143214321", "Gid:1234123412341234", "Groups:5 6 ", "CapInh:0000000000000400", "CapPrm:0000000000000400",
                "CapEff:0000000000000400", "CapBnd:0000000000000400", "CapAmb:0000000000000400", "NoNewPrivs:1",
            ],
            output.Replace("\t", string.Empty, StringComparison.Ordinal).TrimEnd().Split('\n'));

        // The kernel marks the memory of whoever changes its user as not dumpable; ours must not be touched.
        Assert.Equal(1, NativeMethods.Control(GetDumpable, 0));
    }

    [Fact]
    public async Task Steps_Limits_AreInForce()
    {
        string output = await ProgramOutput.RunAsync(
            program => program.SetRlimit(ResourceLimit.OpenFiles, 100, 200).SetRlimit(ResourceLimit.Core, 0, ulong.MaxValue).SetPriority(5)
                .Execute("/bin/sh", ["sh", "-c", "ulimit -n; ulimit -Hn; ulimit -c; ulimit -Hc; nice"], Environment),
            Cancel);

        Assert.Equal("100\n200\n0\nunlimited\n5\n", output);
    }

    [Fact]
    public async Task Steps_NewNamespaces_HoldWhatIsSetInThem()
    {
        string output = await ProgramOutput.RunAsync(
            program => program.SetHostname("box").SetDomainName("dom")
                .Mount(null, "/", null, 0x4000 | 0x40000)
                .Mount("tmpfs", "/mnt", "tmpfs", 0, "size=1m")
                .Mount("/", "/mnt", null, 0x1000 | 0x4000)
                .ChangeDirectory("/mnt").PivotRootHere()
                .Mount("proc", "/proc", "proc", 0)
                .WriteFile("/proc/self/comm", "renamed"u8)
                .SetSession()
                .Execute(["/nowhere/sh", "/bin/sh"], ["sh", "-c", "hostname; echo $$; cat /proc/sys/kernel/domainname; pwd; ls /proc | grep -c '^[0-9]'"], Environment),
            Cancel,
            new LaunchOptions { Namespaces = CloneFlags.NewPid | CloneFlags.NewNs | CloneFlags.NewUts | CloneFlags.NewIpc | CloneFlags.NewCgroup });

        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal(["box", "1", "dom", "/"], lines[..4]);
        Assert.InRange(int.Parse(lines[4], System.Globalization.CultureInfo.InvariantCulture), 1, 3);
    }

    [Fact]
    public async Task Start_InThePidNamespaceOfAnother_SeesItsProcesses()
    {
        using ProcessProgram first = new ProcessProgram().Execute("/bin/sleep", ["sleep", "1000"], Environment);
        using LaunchedProcess init = ProcessLauncher.Start(first, new LaunchOptions { Namespaces = CloneFlags.NewPid });
        await init.Executed;
        using Fd target = init.PidFd.ToFd();

        string output = await ProgramOutput.RunAsync(
            program => program.Execute("/bin/sh", ["sh", "-c", "echo $$"], Environment), Cancel, new LaunchOptions { PidNamespace = target });
        string after = await ProgramOutput.RunAsync(program => program.Execute("/bin/sh", ["sh", "-c", "echo $$"], Environment), Cancel);
        init.PidFd.TrySignal(9);
        ExitStatus status = await init.WaitAsync(Cancel);

        Assert.Equal("2\n", output);
        Assert.True(int.Parse(after, System.Globalization.CultureInfo.InvariantCulture) > 2);
        Assert.Equal(9, status.Signal);
    }
}
