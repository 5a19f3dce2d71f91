using Kata.Primitives;

namespace Kata.Linux.Processes;

/// <summary>
/// What a new process does between clone and execve: a list of system calls, worked through in order; the first that fails ends the process and is reported
/// with its name. Build it, give it to <see cref="ProcessLauncher.Start"/>, dispose it. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// <para>
/// Before the first step of the program every signal gets its default disposition, every descriptor above 2 that no step mentions is closed, and the signal
/// mask is emptied. Descriptors that steps mention are closed by execve; only the targets of <see cref="Duplicate"/> stay open. Descriptors are meant by
/// their file: a program may duplicate 1 to 0 and 0 to 1.
/// </para>
/// <para>The steps are extension methods, grouped by subject: see the other <c>*Steps</c> classes of this namespace.</para>
/// </remarks>
public sealed unsafe class ProcessProgram : IDisposable
{
    private const int MaxSlots = 256; // with the report's head well below PIPE_BUF

    // As execvp(3): these say that the program is not to be had at this path; another may have it.
    private static readonly Errno[] TryNextPath =
        [Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES, Errno.ELOOP, Errno.ENAMETOOLONG, Errno.ESTALE, Errno.ENODEV, Errno.ETIMEDOUT];

    private readonly List<ProgramStep> _steps = [];
    private bool _disposed;

    /// <summary>The steps so far.</summary>
    internal IReadOnlyList<ProgramStep> Steps => _steps;

    /// <summary>The memory that the steps point into.</summary>
    internal NativeArena Arena { get; } = new();

    /// <summary>How many slots the steps use.</summary>
    internal int SlotCount { get; private set; }

    /// <summary>The highest target of a duplication; -1 if there is none.</summary>
    internal int HighestTarget { get; private set; } = -1;

    /// <summary>Whether a step changes user or group. The kernel then marks the memory as not dumpable, which must not hit the parent.</summary>
    internal bool ChangesCredentials { get; set; }

    /// <summary>What is executed at the end, for messages.</summary>
    internal string ExecuteName { get; private set; } = string.Empty;

    /// <summary>Adds any system call.</summary>
    /// <param name="step">What it does, in words, for messages.</param>
    /// <param name="number">Its number on this architecture.</param>
    /// <param name="arguments">Up to six. Pointers must stay valid until the child has executed.</param>
    public ProcessProgram Raw(string step, long number, params ReadOnlySpan<long> arguments) =>
        Add(new ProgramStep(step, number) { Arguments = arguments.ToArray() });

    /// <summary>Adds any system call whose first argument is a descriptor of the parent.</summary>
    /// <param name="step">What it does, in words, for messages.</param>
    /// <param name="number">Its number on this architecture.</param>
    /// <param name="first">The descriptor.</param>
    /// <param name="rest">The arguments after it.</param>
    public ProcessProgram Raw(string step, long number, Fd first, params ReadOnlySpan<long> rest) =>
        Add(new ProgramStep(step, number) { Arguments = [0, .. rest], Descriptor = first });

    /// <summary>Makes a descriptor of the parent known to the new program under a number; it stays open through execve.</summary>
    /// <param name="from">Any open descriptor.</param>
    /// <param name="to">0 to 1023.</param>
    public ProcessProgram Duplicate(Fd from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(to);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, 1023);
        HighestTarget = Math.Max(HighestTarget, to);
        return Add(new ProgramStep($"duplicate a descriptor to {to}", SystemCallNumbers.Dup3) { Arguments = [0, to, 0], Descriptor = from });
    }

    /// <summary>
    /// Waits until the parent writes one byte to the other end: the start gate. A parent that closes the other end instead, or dies, ends the child.
    /// </summary>
    /// <param name="gate">The read end of a blocking pipe.</param>
    public ProcessProgram ReadByte(Fd gate) => Add(new ProgramStep("wait for the start", SystemCallNumbers.Read)
    {
        Arguments = [0, (long)Arena.Allocate(1), 1],
        Descriptor = gate,
        Minimum = 1,
    });

    /// <summary>Replaces the process by a program; the last step.</summary>
    /// <param name="path">The file, as the child sees it after the steps before.</param>
    /// <param name="arguments">All arguments, the program's name included.</param>
    /// <param name="environment">Entries <c>NAME=value</c>.</param>
    public ProcessProgram Execute(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Execute([path], arguments, environment);
    }

    /// <summary>
    /// Replaces the process by the first of several programs that can be executed, as execvp(3) goes through PATH; the last step. If none can, the reported
    /// error is the most telling one: "permission denied" rather than "no such file".
    /// </summary>
    /// <param name="candidates">The files to try, as the child sees them after the steps before; 1 to 200.</param>
    /// <param name="arguments">All arguments, the program's name included.</param>
    /// <param name="environment">Entries <c>NAME=value</c>.</param>
    public ProcessProgram Execute(IReadOnlyList<string> candidates, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(environment);
        if (candidates.Count is 0 or > 200)
        {
            throw KataException.Invalid($"{candidates.Count} paths to look for a program; there must be 1 to 200");
        }

        // With one candidate its own path tells most; with several the name that was looked for.
        ExecuteName = candidates.Count == 1 || arguments.Count == 0 ? candidates[0] : arguments[0];
        long argv = (long)Arena.Texts(arguments);
        long envp = (long)Arena.Texts(environment);
        foreach (string path in candidates)
        {
            Add(new ProgramStep($"execute {path}", SystemCallNumbers.Execve)
            {
                Arguments = [(long)Arena.Text(path), argv, envp],
                Executes = true,
                Ignore = TryNextPath,
                StoreSlot = NewSlot(),
            });
        }

        return this;
    }

    /// <summary>Replaces the process by a program that the parent has open; the last step. Scripts need an interpreter that can open the file: use a path.</summary>
    /// <param name="file">The file.</param>
    /// <param name="arguments">All arguments, the program's name included.</param>
    /// <param name="environment">Entries <c>NAME=value</c>.</param>
    public ProcessProgram Execute(Fd file, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        const long EmptyPath = 0x1000; // AT_EMPTY_PATH
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(environment);
        ExecuteName = arguments.Count > 0 ? arguments[0] : "an open file";
        return Add(new ProgramStep($"execute {ExecuteName}", SystemCallNumbers.ExecveAt)
        {
            Arguments = [0, (long)Arena.Text(string.Empty), (long)Arena.Texts(arguments), (long)Arena.Texts(environment), EmptyPath],
            Descriptor = file,
            Executes = true,
            StoreSlot = NewSlot(),
        });
    }

    /// <summary>Frees the program's memory, once children that share it have executed.</summary>
    public void Dispose()
    {
        _disposed = true;
        Arena.Dispose();
    }

    /// <summary>Adds a step.</summary>
    internal ProcessProgram Add(ProgramStep step)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (step.Arguments.Length > 6)
        {
            throw new ArgumentException("a system call has at most six arguments", nameof(step));
        }

        if (_steps.Count > 0 && _steps[^1].Executes && !step.Executes)
        {
            throw new InvalidOperationException($"'{step.Name}' comes after the step that executes the program");
        }

        _steps.Add(step);
        return this;
    }

    /// <summary>A cell of 8 bytes that one step writes its result to and later ones read.</summary>
    internal int NewSlot() => SlotCount < MaxSlots ? SlotCount++ : throw new InvalidOperationException($"a program has at most {MaxSlots} slots");
}
