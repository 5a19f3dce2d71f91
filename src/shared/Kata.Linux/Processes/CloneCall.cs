using System.Runtime.InteropServices;
using Kata.Linux.Hosts;

namespace Kata.Linux.Processes;

/// <summary>
/// The call that makes a child: clone3(2) where the kernel has all that we ask of it, clone(2) elsewhere. clone3 resets what signals do and places the child in
/// a cgroup, for which clone needs a step for every signal, and a move that waits for others.
/// </summary>
internal static unsafe partial class CloneCall
{
    private const ulong ChildSignal = 17; // SIGCHLD
    private const ulong ShareMemoryFlag = 0x100; // CLONE_VM
    private const ulong PidFdFlag = 0x1000; // CLONE_PIDFD
    private const ulong ClearHandlersFlag = 0x1_0000_0000; // CLONE_CLEAR_SIGHAND
    private const ulong IntoCgroupFlag = 0x2_0000_0000; // CLONE_INTO_CGROUP

    /// <summary>Whether there is clone3(2) that resets handlers and places children (Linux 5.7), and no filter of system calls takes it away.</summary>
    internal static bool HasClone3 { get; } = Probe() && KernelInfo.Read().IsAtLeast(5, 7);

    /// <summary>Makes the child.</summary>
    /// <param name="table">What it does.</param>
    /// <param name="options">How it is made.</param>
    /// <param name="share">Whether it shares this process's memory.</param>
    /// <param name="clone3">Which of the two calls makes it.</param>
    /// <exception cref="LinuxException">There is no child.</exception>
    internal static (int Pid, PidFd Handle) Make(LaunchTable table, LaunchOptions options, bool share, bool clone3)
    {
        // The kernel reads the arguments and writes the number before the child runs, so they need not outlive the call.
        CloneArguments arguments;
        int pidFd = -1;
        ulong flags = (ulong)options.Namespaces | PidFdFlag | (share ? ShareMemoryFlag : 0);
        bool held = false;
        try
        {
            if (clone3)
            {
                options.Cgroup?.DangerousAddRef(ref held);
                arguments = new CloneArguments
                {
                    Flags = flags | ClearHandlersFlag | (held ? IntoCgroupFlag : 0),
                    PidFd = (ulong)&pidFd,
                    ExitSignal = ChildSignal,
                    Cgroup = held ? (ulong)options.Cgroup!.Value : 0,
                };
                Fill(table.Block, SystemCallNumbers.Clone3, (long)&arguments, sizeof(CloneArguments), 0);
            }
            else
            {
                Fill(table.Block, SystemCallNumbers.Clone, (long)(flags | ChildSignal), 0, (long)&pidFd);
            }

            nint pid = RunIn(options.PidNamespace, table.Block);
            return pid >= 0
                ? ((int)pid, new PidFd(pidFd))
                : throw new LinuxException(clone3 ? "clone3" : "clone", (Errno)(-pid), options.Namespaces == CloneFlags.None ? null : options.Namespaces);
        }
        finally
        {
            if (held)
            {
                options.Cgroup!.DangerousRelease();
            }
        }
    }

    private static void Fill(LaunchBlock* block, long number, long first, long second, long third)
    {
        block->CallNumber = number;
        block->FirstArgument = first;
        block->SecondArgument = second;
        block->ThirdArgument = third;
    }

    private static nint RunIn(Fd? pidNamespace, LaunchBlock* block)
    {
        if (pidNamespace is null)
        {
            return ChildInterpreter.Run(block);
        }

        // setns applies to the children that this thread makes from now on, so it is undone at once. The thread must start no other thread meanwhile.
        using PidFd self = PidFd.Open(Environment.ProcessId);
        if (NativeSetNamespace(pidNamespace, (int)CloneFlags.NewPid) != 0)
        {
            throw LinuxException.FromLastError("setns", subject: "pid namespace");
        }

        nint pid = ChildInterpreter.Run(block);
        if (NativeSetNamespace(self, (int)CloneFlags.NewPid) != 0)
        {
            // Children of this thread would go on landing in a container.
            Environment.FailFast($"cannot return to the own pid namespace: {LinuxException.Explain(LinuxException.LastErrno())}");
        }

        return pid;
    }

    // No size is that small: a kernel that has the call says so, and makes nothing.
    private static bool Probe() => NativeClone3((nint)SystemCallNumbers.Clone3, null, 0) < 0 && LinuxException.LastErrno() == Errno.EINVAL;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint NativeClone3(nint number, CloneArguments* arguments, nint size);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int NativeSetNamespace(SafeHandle target, int kind);
}
