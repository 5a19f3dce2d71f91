using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kata.Linux.Processes;
using Kata.Linux.Security;
using Kata.Linux.Security.Seccomp;
using Kata.Linux.Signals;
using Kata.Linux.Terminals;

namespace Kata.Linux.AbiTests;

/// <summary>What Processes, Security, Signals and Terminals know about the kernel and is not a constant with a comment.</summary>
public sealed class ProcessAbiTests
{
    [Fact]
    public Task Errno_AllMembers_AreThoseOfErrnoH() =>
        CProgram.AssertAsync([.. Enum.GetValues<Errno>().Select(errno => new AbiRow(errno.ToString(), (long)errno))]);

    [Fact]
    public Task Signals_AllNames_AreThoseOfSignalH() => CProgram.AssertAsync(
    [
        .. Enum.GetValues<Signal>().Select(signal => new AbiRow(SignalNames.NameOf((int)signal), (long)signal)),
        new("SIGRTMIN", SignalNames.Parse("SIGRTMIN")),
        new("SIGRTMAX", SignalNames.Parse("SIGRTMAX")),
    ]);

    [Fact]
    public Task Capabilities_AllNames_AreThoseOfTheKernel() => CProgram.AssertAsync(
    [
        .. Enum.GetValues<Capability>().Select(capability => new AbiRow(CapabilitySet.NameOf(capability), (long)capability)),
        new("CAP_LAST_CAP", (long)Enum.GetValues<Capability>().Max()),
    ]);

    [Fact]
    public Task ResourceLimits_AllNames_AreThoseOfTheKernel() =>
        CProgram.AssertAsync([.. Enum.GetValues<ResourceLimit>().Select(limit => new AbiRow(ResourceLimits.NameOf(limit), (long)limit))]);

    [Fact]
    public Task Structures_SizesAndOffsets_AreThoseOfC() => CProgram.AssertAsync(
    [
        new("sizeof(siginfo_t)", Unsafe.SizeOf<SignalInfo>()),
        new("offsetof(siginfo_t, si_signo)", Offset<SignalInfo>(nameof(SignalInfo.Signal))),
        new("offsetof(siginfo_t, si_code)", Offset<SignalInfo>(nameof(SignalInfo.Code))),
        new("offsetof(siginfo_t, si_pid)", Offset<SignalInfo>(nameof(SignalInfo.Pid))),
        new("offsetof(siginfo_t, si_status)", Offset<SignalInfo>(nameof(SignalInfo.Status))),
        new("sizeof(struct sock_filter)", Unsafe.SizeOf<BpfInstruction>()),
        new("sizeof(struct sock_fprog)", 2 * sizeof(long)),
        new("offsetof(struct sock_fprog, filter)", sizeof(long)),
        new("sizeof(struct __user_cap_header_struct)", 2 * sizeof(uint)),
        new("2 * sizeof(struct __user_cap_data_struct)", 6 * sizeof(uint)),
        new("sizeof(struct rlimit)", 2 * sizeof(ulong)),
        new("SCHED_ATTR_SIZE_VER0", Unsafe.SizeOf<SchedulerRecord>()),
        new("offsetof(struct sched_attr, sched_nice)", Offset<SchedulerRecord>(nameof(SchedulerRecord.Nice))),
        new("offsetof(struct sched_attr, sched_period)", Offset<SchedulerRecord>(nameof(SchedulerRecord.Period))),
        new("sizeof(struct clone_args)", Unsafe.SizeOf<CloneArguments>()),
        new("CLONE_ARGS_SIZE_VER2", Unsafe.SizeOf<CloneArguments>()),
        new("offsetof(struct clone_args, flags)", Offset<CloneArguments>(nameof(CloneArguments.Flags))),
        new("offsetof(struct clone_args, pidfd)", Offset<CloneArguments>(nameof(CloneArguments.PidFd))),
        new("offsetof(struct clone_args, exit_signal)", Offset<CloneArguments>(nameof(CloneArguments.ExitSignal))),
        new("offsetof(struct clone_args, stack)", Offset<CloneArguments>(nameof(CloneArguments.Stack))),
        new("offsetof(struct clone_args, cgroup)", Offset<CloneArguments>(nameof(CloneArguments.Cgroup))),
        new("sizeof(struct winsize)", 4 * sizeof(ushort)),
        new("sizeof(struct termios)", Unsafe.SizeOf<TerminalAttributes>()),
        new("offsetof(struct termios, c_iflag)", Offset<TerminalAttributes>(nameof(TerminalAttributes.InputFlags))),
        new("offsetof(struct termios, c_oflag)", Offset<TerminalAttributes>(nameof(TerminalAttributes.OutputFlags))),
        new("offsetof(struct termios, c_cflag)", Offset<TerminalAttributes>(nameof(TerminalAttributes.ControlFlags))),
        new("offsetof(struct termios, c_lflag)", Offset<TerminalAttributes>(nameof(TerminalAttributes.LocalFlags))),
        new("offsetof(struct termios, c_cc)", Offset<TerminalAttributes>(nameof(TerminalAttributes.ControlCharacters))),
        new("O_DIRECTORY", (long)OpenFlagsPerArchitecture.Directory),
        new("O_NOFOLLOW", (long)OpenFlagsPerArchitecture.NoFollow),
        new("O_TMPFILE", (long)OpenFlagsPerArchitecture.TemporaryFile),
        new("_NSIG - 1", SignalNames.Maximum),
        new("PIPE_BUF >= 16 + 8 * 256", 1),
    ]);

    [Fact]
    public Task SeccompActions_Codes_AreThoseOfTheKernel() => CProgram.AssertAsync(
    [
        new("SECCOMP_RET_KILL_PROCESS", SeccompAction.KillProcess.Code),
        new("SECCOMP_RET_KILL_THREAD", SeccompAction.KillThread.Code),
        new("SECCOMP_RET_TRAP", SeccompAction.Trap.Code),
        new("SECCOMP_RET_ERRNO | 7", SeccompAction.Fail(7).Code),
        new("SECCOMP_RET_TRACE | 7", SeccompAction.Trace(7).Code),
        new("SECCOMP_RET_LOG", SeccompAction.Log.Code),
        new("SECCOMP_RET_ALLOW", SeccompAction.Allow.Code),
        new("AUDIT_ARCH_X86_64", 0xC000_003E),
        new("AUDIT_ARCH_I386", 0x4000_0003),
        new("AUDIT_ARCH_AARCH64", 0xC000_00B7),
        new("AUDIT_ARCH_ARM", 0x4000_0028),
    ]);

    [Fact]
    public void LaunchStructures_Layout_IsWhatTheMachineCodeKnows()
    {
        Assert.Equal(88, Unsafe.SizeOf<LaunchBlock>());
        Assert.Equal(80, Offset<LaunchBlock>(nameof(LaunchBlock.CallNumber)));
        Assert.Equal(104, Unsafe.SizeOf<LaunchStep>());
        Assert.Equal(8, Offset<LaunchStep>(nameof(LaunchStep.Arguments)));
        Assert.Equal(80, Offset<LaunchStep>(nameof(LaunchStep.Ignore)));
    }

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);
}
