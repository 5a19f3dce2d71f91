using System.Runtime.InteropServices;
using Kata.Primitives;

namespace Kata.Linux.Processes;

/// <summary>Starts processes. Safe for concurrent use.</summary>
/// <remarks>See <c>docs/adr/0001-process-launch.md</c> for why it works the way it does.</remarks>
public static unsafe partial class ProcessLauncher
{
    private const ulong ChildSignal = 17; // SIGCHLD
    private const ulong ShareMemoryFlag = 0x100; // CLONE_VM
    private const ulong PidFdFlag = 0x1000; // CLONE_PIDFD
    private const int Kill = 9; // SIGKILL
    private const int DuplicateFromNumber = 1030; // F_DUPFD_CLOEXEC
    private const CloneFlags Allowed = CloneFlags.NewNs | CloneFlags.NewCgroup | CloneFlags.NewUts | CloneFlags.NewIpc | CloneFlags.NewUser
        | CloneFlags.NewPid | CloneFlags.NewNet;

    /// <summary>
    /// Says that all children of this process are made by this class: those that do not share its memory then get no copy of it, but for the table of their
    /// steps; they have no use for it. A child that anything else makes by fork would crash.
    /// </summary>
    /// <exception cref="LinuxException">/proc is not mounted.</exception>
    public static void CopyOnlyWhatChildrenNeed() => LeanCopies.Enable();

    /// <summary>
    /// Gives back the code of this process's program: what ran once need not stay in its account, and the kernel maps again what is used. Only after
    /// <see cref="CopyOnlyWhatChildrenNeed"/>, which finds out where they are; before it, nothing happens.
    /// </summary>
    public static void ReleaseProgram() => LeanCopies.ReleaseExecutable();

    /// <summary>
    /// Makes a process and returns at once; <see cref="LaunchedProcess.Executed"/> tells when its program runs, or why it does not. The process's parent is
    /// the calling thread, as far as parent-death signals and new pid namespaces are concerned.
    /// </summary>
    /// <param name="program">What the child does; may be disposed right after the call, and started again.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="LinuxException">No process was made: EAGAIN, ENOMEM: limits; EPERM: namespaces need privileges.</exception>
    public static LaunchedProcess Start(ProcessProgram program, LaunchOptions options)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        if ((options.Namespaces & ~Allowed) != 0)
        {
            throw KataException.Invalid($"a process cannot be made with {options.Namespaces & ~Allowed}");
        }

        if (program.Steps.Count == 0 || !program.Steps[^1].Executes)
        {
            throw new InvalidOperationException("the program's last step must execute something");
        }

        (Fd read, Fd write) = Fd.Pipe(nonBlocking: true);
        LaunchTable? table = null;
        try
        {
            using Fd report = AboveTargets(write, program.HighestTarget);
            using var descriptors = new StepDescriptors(program);
            table = new LaunchTable(program, report.Value, descriptors.Numbers);
            var flags = (ulong)options.Namespaces | PidFdFlag | ChildSignal;
            bool share = options.ShareMemory && !program.ChangesCredentials;
            if (!share)
            {
                LeanCopies.BeforeCopy();
            }

            table.Block->CloneFlags = share ? flags | ShareMemoryFlag : flags;
            nint pid = RunIn(options.PidNamespace, table.Block);
            if (pid < 0)
            {
                throw new LinuxException("clone", (Errno)(-pid), options.Namespaces == CloneFlags.None ? null : options.Namespaces);
            }

            var pidFd = new PidFd(*table.Block->PidFd);
            if (!share)
            {
                table.Dispose(); // the child has a copy, which it may keep for long at a start gate
            }

            LaunchReport launch = Watch(read, table, pidFd);
            (read, table) = (null!, null); // its own now
            return new LaunchedProcess((int)pid, pidFd, launch);
        }
        finally
        {
            write.Dispose();
            table?.Dispose();
            read?.Dispose();
        }
    }

    /// <summary>A descriptor of the same file whose number is above every duplication target, so that no step overwrites it.</summary>
    internal static Fd AboveTargets(Fd fd, int highestTarget)
    {
        if (fd.Value > highestTarget)
        {
            return fd;
        }

        int moved = NativeControl(fd, DuplicateFromNumber, Math.Max(highestTarget + 1, 3));
        return moved >= 0 ? new Fd(moved) : throw LinuxException.FromLastError("fcntl", subject: "F_DUPFD_CLOEXEC");
    }

    private static LaunchReport Watch(Fd read, LaunchTable table, PidFd child)
    {
        try
        {
            return new LaunchReport(read, table);
        }
        catch
        {
            // Nobody would ever know of the child, and the memory it reads is about to be freed.
            child.TrySignal(Kill);
            LaunchedProcess.TryReap(child);
            child.Dispose();
            throw;
        }
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

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int NativeControl(Fd fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int NativeSetNamespace(SafeHandle target, int kind);
}
