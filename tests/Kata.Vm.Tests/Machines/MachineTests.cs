using System.Diagnostics;
using Kata.Hypervisors;
using Kata.Hypervisors.Devices;
using Kata.Primitives;

namespace Kata.Vm.Tests.Machines;

/// <summary>The QEMU driver with a real QEMU, our kernel and a shell in the guest.</summary>
public sealed class MachineTests
{
    private const string Hang = "busybox sleep 1000000";

    [Fact]
    public async Task Boot_AgentChannel_CarriesBytesBothWays()
    {
        await using var guest = new BusyboxGuest($"echo console speaks\nread line <&3\necho \"heard $line\" >&3\n{Hang}");

        await guest.BootAsync();
        await guest.SayAsync("hello");

        Assert.Equal("heard hello", await guest.HearAsync());
        Assert.Contains("console speaks", guest.Machine.Console.Tail(5));
        Assert.Equal("tcg", guest.Machine.Accelerator);
    }

    [Theory]
    [InlineData(SharedDirectoryKind.VirtioFs, "virtiofs", "rw")]
    [InlineData(SharedDirectoryKind.Virtio9p, "9p", "trans=virtio,version=9p2000.L,msize=262144")]
    public async Task Boot_SharedDirectory_IsReadAndWrittenByTheGuest(SharedDirectoryKind kind, string type, string options)
    {
        await using var guest = new BusyboxGuest($"""
            busybox mount -t {type} -o {options} kataShared /mnt || echo "no mount" >&3
            busybox cat /mnt/from-host >&3
            echo "from the guest" > /mnt/from-guest
            echo done >&3
            {Hang}
            """);
        guest.ShareDirectory(kind);
        string secret = Guid.NewGuid().ToString();
        File.WriteAllText(Path.Combine(guest.Share, "from-host"), secret + "\n");

        await guest.BootAsync();

        Assert.Equal(secret, await guest.HearAsync());
        Assert.Equal("done", await guest.HearAsync());
        Assert.Equal("from the guest\n", File.ReadAllText(Path.Combine(guest.Share, "from-guest")));
    }

    [Fact]
    public async Task Boot_ReadOnlyDisk_CanBeReadButNotWritten()
    {
        await using var guest = new BusyboxGuest($"busybox head -c 5 /dev/vda >&3\necho >&3\necho x > /dev/vda 2>/dev/null || echo refused >&3\n{Hang}");
        string disk = Path.Combine(guest.Share, "disk,with,commas");
        File.WriteAllBytes(disk, [.. "bytes"u8, .. new byte[(1 << 20) - 5]]);
        guest.Add(new BlockDevice("data", ReadOnly: true), new FileBackend(disk));

        await guest.BootAsync();

        Assert.Equal("bytes", await guest.HearAsync());
        Assert.Equal("refused", await guest.HearAsync());
    }

    [Fact]
    public async Task Boot_Image_IsTheRootDiskReadOnly()
    {
        await using var guest = new BusyboxGuest(Hang);
        guest.UseImage();

        await guest.BootAsync();

        Assert.Equal("image says /dev/root / ext4 ro", await guest.HearAsync());
    }

    [Fact]
    public async Task Machines_ManyInARow_LeaveNoDescriptors()
    {
        await using (var warm = new BusyboxGuest(Hang))
        {
            warm.ShareDirectory(SharedDirectoryKind.VirtioFs);
            await warm.BootAsync();
        }

        int before = OpenDescriptors();
        for (int i = 0; i < 3; i++)
        {
            await using var guest = new BusyboxGuest(Hang);
            guest.ShareDirectory(SharedDirectoryKind.VirtioFs);
            await guest.BootAsync();
        }

        await UntilAsync(() => OpenDescriptors() <= before);
    }

    [Fact]
    public async Task Boot_TwoProcessors_AreSeen()
    {
        await using var guest = new BusyboxGuest($"busybox nproc >&3\n{Hang}");
        guest.Spec = guest.Spec with { Vcpus = 2 };

        await guest.BootAsync();

        Assert.Equal("2", await guest.HearAsync());
    }

    [Fact]
    public async Task Boot_InitEnds_TheMachineEndsAtOnceWithThePanic()
    {
        await using var guest = new BusyboxGuest("exit 1");

        await guest.BootAsync();
        VmExit exit = await guest.ExitAsync();

        Assert.Contains("kernel panic", exit.Reason, StringComparison.Ordinal);
        Assert.False(exit.Requested);
        Assert.Contains("Kernel panic - not syncing: Attempted to kill init!", guest.Machine.Explain("x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Boot_InitrdIsGarbage_TheEarlyPanicIsSeen()
    {
        await using var guest = new BusyboxGuest(Hang);
        File.WriteAllText(guest.Spec.Initrd!, "no archive");

        await guest.BootAsync();
        await guest.ExitAsync();

        Assert.Contains("Kernel panic - not syncing", guest.Machine.Explain("x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Boot_KernelIsGarbage_QemusWordsAreInTheError()
    {
        await using var guest = new BusyboxGuest(Hang);
        guest.Spec = guest.Spec with { Kernel = guest.Spec.Initrd! };

        await guest.PrepareAsync();
        KataException error = await Assert.ThrowsAsync<KataException>(() => guest.Machine.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Contains("qemu ended with exit code 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("qemu said:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hang_GuestSaysNothing_ExplainHasTheConsole()
    {
        await using var guest = new BusyboxGuest($"echo last words of the guest\necho up >&3\n{Hang}");

        await guest.BootAsync();
        await guest.HearAsync();

        string text = guest.Machine.Explain("the agent did not answer within 90 s");
        Assert.StartsWith("the agent did not answer within 90 s", text, StringComparison.Ordinal);
        Assert.EndsWith("last words of the guest", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill9_Qemu_IsSeenWithinASecond()
    {
        await using var guest = new BusyboxGuest($"echo up >&3\n{Hang}");
        guest.ShareDirectory(SharedDirectoryKind.VirtioFs);
        await guest.BootAsync();
        await guest.HearAsync();

        Kill(guest.Machine.ProcessId);
        VmExit exit = await guest.ExitAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(9, exit.Status.Signal);
        Assert.False(exit.Requested);
        Assert.Equal("qemu ended with signal 9", exit.Reason);
        Assert.All(guest.Machine.HelperProcessIds, p => Assert.False(Directory.Exists($"/proc/{p}")));
    }

    [Fact]
    public async Task Kill9_Virtiofsd_EndsTheMachineWithinASecond()
    {
        await using var guest = new BusyboxGuest($"echo up >&3\n{Hang}");
        guest.ShareDirectory(SharedDirectoryKind.VirtioFs);
        await guest.BootAsync();
        await guest.HearAsync();
        int[] family = [.. guest.Machine.HelperProcessIds, .. guest.Machine.HelperProcessIds.SelectMany(ChildrenOf)];

        Kill(guest.Machine.HelperProcessIds[0]);
        VmExit exit = await guest.ExitAsync(TimeSpan.FromSeconds(1));

        Assert.StartsWith("virtiofsd ended with signal 9", exit.Reason, StringComparison.Ordinal);
        await UntilAsync(() => family.All(p => !Directory.Exists($"/proc/{p}")));
    }

    [Fact]
    public async Task StopAsync_WithGrace_EndsQemuInOrder()
    {
        await using var guest = new BusyboxGuest($"echo up >&3\n{Hang}");
        await guest.BootAsync();
        await guest.HearAsync();

        await guest.Machine.StopAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        VmExit exit = await guest.Machine.Exited;
        Assert.True(exit.Status.Exited);
        Assert.Equal(0, exit.Status.ExitCode);
        Assert.True(exit.Requested);
    }

    [Fact]
    public async Task StopAsync_QemuIsStopped_KillsItAfterTheGrace()
    {
        await using var guest = new BusyboxGuest(Hang);
        await guest.BootAsync();
        Signal(guest.Machine.ProcessId, "STOP");

        await guest.Machine.StopAsync(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);

        Assert.Equal(9, (await guest.Machine.Exited).Status.Signal);
    }

    [Fact]
    public async Task Confinement_Qemu_HasSeccompAndNoNewPrivileges()
    {
        await using var guest = new BusyboxGuest($"echo up >&3\n{Hang}");
        await guest.BootAsync();
        await guest.HearAsync();

        Dictionary<string, string> status = StatusOf(guest.Machine.ProcessId);

        Assert.Equal("2", status["Seccomp"]);
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.All(Directory.GetDirectories($"/proc/{guest.Machine.ProcessId}/task"), t => Assert.Equal("2", StatusOf(t)["Seccomp"]));
    }

    [Fact]
    public async Task Confinement_OtherUser_RunsWithoutCapabilities()
    {
        await using var guest = new BusyboxGuest($"busybox mount -t virtiofs kataShared /mnt && echo up >&3\n{Hang}");
        guest.Spec = guest.Spec with
        {
            RunAs = new VmmUser(65534, 65534, []),
            Initrd = Readable(guest.Spec.Initrd!),
            Kernel = Readable(Copy(guest.Spec.Kernel, guest.Spec.Initrd! + "-kernel")),
        };
        guest.ShareDirectory(SharedDirectoryKind.VirtioFs);
        await guest.BootAsync();
        Assert.Equal("up", await guest.HearAsync());

        Dictionary<string, string> status = StatusOf(guest.Machine.ProcessId);

        Assert.Equal("65534\t65534\t65534\t65534", status["Uid"]);
        Assert.Equal("65534\t65534\t65534\t65534", status["Gid"]);
        Assert.Equal(new string('0', 16), status["CapEff"]);
        Assert.Equal(string.Empty, status["Groups"].Trim());
        Assert.Equal("2", status["Seccomp"]);
    }

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static string Copy(string from, string to)
    {
        File.Copy(from, to);
        return to;
    }

    private static string Readable(string path)
    {
        File.SetUnixFileMode(path, (UnixFileMode)0x1A4); // 0644
        File.SetUnixFileMode(Path.GetDirectoryName(path)!, (UnixFileMode)0x1ED); // 0755
        return path;
    }

    private static Dictionary<string, string> StatusOf(int process) => StatusOf($"/proc/{process}");

    private static Dictionary<string, string> StatusOf(string directory) =>
        File.ReadLines($"{directory}/status").Select(l => l.Split(':', 2)).ToDictionary(p => p[0], p => p[1].Trim());

    private static IEnumerable<int> ChildrenOf(int process) => File.ReadAllText($"/proc/{process}/task/{process}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(int.Parse);

    private static void Kill(int process) => Signal(process, "KILL");

    private static void Signal(int process, string name)
    {
        using Process kill = Process.Start("kill", ["-" + name, $"{process}"]);
        kill.WaitForExit();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var deadline = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(10), "the condition was not met within 10 s");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
