using System.Globalization;
using System.Runtime.InteropServices;
using Kata.Linux.Cgroups;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Linux.Tests.Processes;

/// <summary>Both calls that make children; all other tests use the one that this machine has.</summary>
public sealed class CloneCallTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Which call, and whether memory is shared.</summary>
    public static TheoryData<bool, bool> Ways => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Ways))]
    public async Task Start_NewPidNamespace_ChildIsItsFirst(bool clone3, bool share)
    {
        SkipWithout(clone3);
        using ProcessProgram program = new ProcessProgram().Execute("/bin/sh", ["sh", "-c", "exit $(( $$ + 40 ))"], []);
        using LaunchedProcess process = ProcessLauncher.StartBy(clone3, program, new LaunchOptions { Namespaces = CloneFlags.NewPid, ShareMemory = share });

        ExitStatus status = await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);

        Assert.Equal(41, status.ExitCode);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Start_SecondStepFails_ItIsReported(bool clone3, bool share)
    {
        SkipWithout(clone3);
        using ProcessProgram program = new ProcessProgram().SetSession().ChangeDirectory("/does/not/exist").Execute("/bin/true", ["true"], []);
        using LaunchedProcess process = ProcessLauncher.StartBy(clone3, program, new LaunchOptions { ShareMemory = share });

        LaunchException error = await Assert.ThrowsAsync<LaunchException>(() => process.Executed.WaitAsync(Deadline, Cancel));
        await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);

        Assert.Equal("change to the directory /does/not/exist", error.Step);
    }

    // Before it executes: afterwards there are no handlers in any case.
    [Theory, MemberData(nameof(Ways))]
    public async Task Start_SignalsIgnoredAndHandledByTheParent_AreAtTheirDefaults(bool clone3, bool share)
    {
        SkipWithout(clone3);
        using var handled = PosixSignalRegistration.Create((PosixSignal)10, _ => { });
        Assert.NotEqual(0UL, Signals("self", "SigIgn") & (1UL << (EarlySignal.Number - 1)));
        (Fd ready, Fd tell) = Fd.Pipe();
        (Fd gate, Fd open) = Fd.Pipe();
        using ProcessProgram program = new ProcessProgram().WriteFile(tell, "r"u8).ReadByte(gate).Execute("/bin/true", ["true"], []);
        using LaunchedProcess process = ProcessLauncher.StartBy(clone3, program, new LaunchOptions { ShareMemory = share });
        await Task.Run(() => FdIo.Read(ready, new byte[1]), Cancel).WaitAsync(Deadline, Cancel);

        string pid = process.Pid.ToString(CultureInfo.InvariantCulture);
        ulong[] sets = [Signals(pid, "SigBlk"), Signals(pid, "SigIgn"), Signals(pid, "SigCgt")];
        FdIo.WriteAll(open, [1]);
        await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel);

        Assert.Equal([0, 0, 0], sets);
        Array.ForEach([ready, tell, gate, open], end => end.Dispose());
    }

    [Theory]
    [InlineData(OpenFlags.Path)]
    [InlineData(OpenFlags.ReadOnly)]
    public async Task Start_InACgroup_ChildIsBornThere(OpenFlags access)
    {
        (CgroupHierarchy hierarchy, ICgroup group) = NewGroup();
        try
        {
            using Fd directory = Fd.Open(hierarchy.Root + group.Path, access | OpenFlagsPerArchitecture.Directory);
            string output = await ProgramOutput.RunAsync(
                program => program.Execute("/bin/cat", ["cat", "/proc/self/cgroup"], []), Cancel, new LaunchOptions { Cgroup = directory });

            Assert.Contains($"0::{group.Path}", output.Split('\n'));
        }
        finally
        {
            await group.DeleteAsync(Deadline, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Start_InACgroupThatIsGone_IsRefused()
    {
        (CgroupHierarchy hierarchy, ICgroup group) = NewGroup();
        using Fd directory = Fd.Open(hierarchy.Root + group.Path, OpenFlags.Path);
        await group.DeleteAsync(Deadline, CancellationToken.None);
        using ProcessProgram program = new ProcessProgram().Execute("/bin/true", ["true"], []);

        LinuxException error = Assert.Throws<LinuxException>(() => ProcessLauncher.Start(program, new LaunchOptions { Cgroup = directory }));

        Assert.Equal(("clone3", Errno.ENOENT), (error.Call, error.Errno));
    }

    [Fact]
    public void Start_InADirectoryThatIsNoCgroup_IsRefused()
    {
        SkipWithout(clone3: true);
        using Fd directory = Fd.Open("/tmp", OpenFlags.Path);
        using ProcessProgram program = new ProcessProgram().Execute("/bin/true", ["true"], []);

        LinuxException error = Assert.Throws<LinuxException>(() => ProcessLauncher.Start(program, new LaunchOptions { Cgroup = directory }));

        Assert.Equal(Errno.EBADF, error.Errno);
    }

    [Fact]
    public void Start_InACgroupByClone_IsUnsupported()
    {
        using Fd directory = Fd.Open("/tmp", OpenFlags.Path);
        using ProcessProgram program = new ProcessProgram().Execute("/bin/true", ["true"], []);

        KataException error = Assert.Throws<KataException>(() => ProcessLauncher.StartBy(clone3: false, program, new LaunchOptions { Cgroup = directory }));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
    }

    private static void SkipWithout(bool clone3) => Assert.SkipWhen(clone3 && !CloneCall.HasClone3, "this machine has no clone3(2), or none that does all we ask");

    private static (CgroupHierarchy Hierarchy, ICgroup Group) NewGroup()
    {
        SkipWithout(clone3: true);
        string? unified = CgroupHierarchy.Detect().UnifiedDirectory;
        Assert.SkipWhen(unified is null, "this machine has no cgroup v2");
        var hierarchy = CgroupHierarchy.OfUnified(unified);
        return (hierarchy, hierarchy.Create($"/kata-linux-tests-{Guid.NewGuid():N}"));
    }

    private static ulong Signals(string process, string field)
    {
        string line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(field.Length + 1).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
