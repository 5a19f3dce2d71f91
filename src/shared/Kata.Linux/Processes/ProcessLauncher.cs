using System.Runtime.InteropServices;
using Kata.Primitives;

namespace Kata.Linux.Processes;

/// <summary>Starts processes. Safe for concurrent use.</summary>
/// <remarks>See <c>docs/adr/0001-process-launch.md</c> for why it works the way it does.</remarks>
public static partial class ProcessLauncher
{
    private const int Kill = 9; // SIGKILL
    private const int DuplicateFromNumber = 1030; // F_DUPFD_CLOEXEC
    private const CloneFlags Allowed = CloneFlags.NewNs | CloneFlags.NewCgroup | CloneFlags.NewUts | CloneFlags.NewIpc | CloneFlags.NewUser
        | CloneFlags.NewPid | CloneFlags.NewNet;

    /// <summary>Whether a process can be born in a cgroup: see <see cref="LaunchOptions.Cgroup"/>.</summary>
    public static bool CanPlace => CloneCall.HasClone3;

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
    /// <exception cref="KataException">Unsupported: a cgroup is given where <see cref="CanPlace"/> says no.</exception>
    /// <exception cref="LinuxException">
    /// No process was made: EAGAIN, ENOMEM: limits; EPERM: namespaces need privileges; EBADF, EBUSY, ENOENT, EOPNOTSUPP: the cgroup is none, has controllers for
    /// groups below it, is gone, or is not for whole processes.
    /// </exception>
    public static LaunchedProcess Start(ProcessProgram program, LaunchOptions options) => StartBy(CloneCall.HasClone3, program, options);

    /// <summary>The same by one of the two calls; by clone3(2) only where there is one.</summary>
    /// <inheritdoc cref="Start"/>
    internal static LaunchedProcess StartBy(bool clone3, ProcessProgram program, LaunchOptions options)
    {
        Validate(program, options, clone3);
        (Fd read, Fd write) = Fd.Pipe(nonBlocking: true);
        LaunchTable? table = null;
        try
        {
            using Fd report = AboveTargets(write, program.HighestTarget);
            using var descriptors = new StepDescriptors(program);
            table = new LaunchTable(program, report.Value, descriptors.Numbers, clone3 ? SignalResets.Ignored : SignalResets.All);
            bool share = options.ShareMemory && !program.ChangesCredentials;
            if (!share)
            {
                LeanCopies.BeforeCopy();
            }

            (int pid, PidFd pidFd) = CloneCall.Make(table, options, share, clone3);
            if (!share)
            {
                table.Dispose(); // the child has a copy, which it may keep for long at a start gate
            }

            LaunchReport launch = Watch(read, table, pidFd);
            (read, table) = (null!, null); // its own now
            return new LaunchedProcess(pid, pidFd, launch);
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

    private static void Validate(ProcessProgram program, LaunchOptions options, bool clone3)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        if ((options.Namespaces & ~Allowed) != 0)
        {
            throw KataException.Invalid($"a process cannot be made with {options.Namespaces & ~Allowed}");
        }

        if (options.Cgroup is not null && !clone3)
        {
            throw KataException.Unsupported("a process cannot be made in a cgroup: there is no clone3(2) that does so (Linux 5.7)");
        }

        if (program.Steps.Count == 0 || !program.Steps[^1].Executes)
        {
            throw new InvalidOperationException("the program's last step must execute something");
        }
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

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int NativeControl(Fd fd, int command, nint argument);
}
