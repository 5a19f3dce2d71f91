namespace Kata.Linux.Processes;

/// <summary>
/// The native memory of one launch: the block, the table of steps, the slots. Built in the parent and read by the child; where the two share it, it is kept
/// until the child has executed or ended.
/// </summary>
internal sealed unsafe class LaunchTable : IDisposable
{
    internal const int ReportHead = 2; // index and errno, in cells of 8 bytes
    private const long SetMask = 2; // SIG_SETMASK
    private const long AnyFd = uint.MaxValue;

    private readonly NativeArena _memory = new();
    private readonly ProcessProgram _program;
    private readonly LaunchStep* _steps;
    private readonly long* _report;
    private readonly int _capacity;
    private int _count;
    private int _prologue;

    /// <summary>Builds the table.</summary>
    /// <param name="program">What the child does. Its memory is held until this table is disposed.</param>
    /// <param name="reportFd">The number of the report pipe's write end; above every duplication target.</param>
    /// <param name="numbers">The number of each step's descriptor, none of them a duplication target; -1 for steps without.</param>
    /// <param name="signals">Those that the child sets to their defaults.</param>
    internal LaunchTable(ProcessProgram program, int reportFd, ReadOnlySpan<int> numbers, ReadOnlySpan<int> signals)
    {
        bool held = false;
        program.Arena.DangerousAddRef(ref held);
        _program = program;
        int[] open = KeptDescriptors(reportFd, numbers);
        int[] stray = CloseRange.IsSupported ? [] : CloseRange.ListOpen();
        _capacity = signals.Length + open.Length + 2 + stray.Length + program.Steps.Count;
        _steps = (LaunchStep*)_memory.Allocate(_capacity * sizeof(LaunchStep));
        _report = (long*)_memory.Allocate((ReportHead + program.SlotCount) * sizeof(long));
        AddPrologue(signals, open, stray);
        for (int i = 0; i < program.Steps.Count; i++)
        {
            AddStep(program.Steps[i], program.Steps[i].ToReport ? reportFd : numbers[i]);
        }

        Block = (LaunchBlock*)_memory.Allocate(sizeof(LaunchBlock));
        *Block = new LaunchBlock
        {
            Steps = _steps,
            Count = (ulong)_count,
            ReportFd = reportFd,
            Report = _report,
            ReportLength = (ulong)ReportLength,
            AllSignals = ulong.MaxValue,
        };
    }

    /// <summary>What the interpreter is called with, but for the call that makes the child.</summary>
    internal LaunchBlock* Block { get; }

    /// <summary>The size of a report in bytes.</summary>
    internal int ReportLength => (ReportHead + _program.SlotCount) * sizeof(long);

    /// <summary>Frees the memory, of which the child must have no more need. Reports can still be explained.</summary>
    public void Dispose()
    {
        if (!_memory.IsClosed)
        {
            _memory.Dispose();
            _program.Arena.DangerousRelease();
        }
    }

    /// <summary>What a report of the child means.</summary>
    /// <param name="report">As written by the child.</param>
    internal LaunchException Explain(ReadOnlySpan<long> report)
    {
        long index = report[0] - _prologue;
        if (index >= 0 && index < _program.Steps.Count)
        {
            ProgramStep step = _program.Steps[(int)index];
            return new LaunchException(step.Executes ? $"execute {_program.ExecuteName}" : step.Name, (Errno)report[1], step.Executes);
        }

        return index < 0
            ? new LaunchException("prepare the process", (Errno)report[1], executing: false)
            : new LaunchException($"execute {_program.ExecuteName}", MostTelling(report[ReportHead..]), executing: true);
    }

    private Errno MostTelling(ReadOnlySpan<long> slots)
    {
        Errno found = Errno.ENOENT;
        foreach (ProgramStep step in _program.Steps)
        {
            Errno errno = step.Executes && step.StoreSlot >= 0 ? (Errno)(-slots[step.StoreSlot]) : Errno.ENOENT;
            if (errno is not (Errno.ENOENT or Errno.ENOTDIR))
            {
                return errno;
            }

            found = errno == Errno.ENOTDIR && _program.Steps.Count(other => other.Executes) == 1 ? errno : found;
        }

        return found;
    }

    private static int[] KeptDescriptors(int reportFd, ReadOnlySpan<int> numbers)
    {
        Span<int> kept = numbers.Length < 256 ? stackalloc int[numbers.Length + 1] : new int[numbers.Length + 1];
        int count = 0;
        kept[count++] = reportFd;
        foreach (int number in numbers)
        {
            if (number > 2 && !kept[..count].Contains(number))
            {
                kept[count++] = number;
            }
        }

        kept[..count].Sort();
        return kept[..count].ToArray();
    }

    /// <summary>
    /// Defaults first, for the signals that the kernel has not reset: handlers are code that must not run in the child. Then every stray descriptor goes, before
    /// any step that may take long: a child that waits at its start gate must not hold other processes' pipes open. Last, signals are let through.
    /// </summary>
    private void AddPrologue(ReadOnlySpan<int> signals, ReadOnlySpan<int> kept, ReadOnlySpan<int> stray)
    {
        void* defaultAction = _memory.Allocate(32); // struct sigaction of the kernel, all zero: SIG_DFL
        foreach (int signal in signals)
        {
            Add(SystemCallNumbers.SignalAction, signal, (long)defaultAction, 0, sizeof(ulong));
        }

        if (CloseRange.IsSupported)
        {
            long first = 3;
            foreach (int fd in kept)
            {
                if (fd > first)
                {
                    Add(SystemCallNumbers.CloseRange, first, fd - 1);
                }

                first = fd + 1;
            }

            Add(SystemCallNumbers.CloseRange, first, AnyFd);
        }

        foreach (int fd in stray)
        {
            if (fd > 2 && !kept.Contains(fd))
            {
                LaunchStep* step = Add(SystemCallNumbers.Close, fd);
                SetIgnore(step, [Errno.EBADF]); // closed since it was listed
            }
        }

        Add(SystemCallNumbers.SignalMask, SetMask, (long)_memory.Allocate(sizeof(ulong)), 0, sizeof(ulong));
        _prologue = _count;
    }

    private void AddStep(ProgramStep step, int descriptor)
    {
        LaunchStep* native = Add(step.Number, step.Arguments);
        if (descriptor >= 0)
        {
            native->Arguments[step.ToReport ? 0 : step.DescriptorArgument] = descriptor;
        }

        native->Load = step.LoadSlot < 0 ? null : _report + ReportHead + step.LoadSlot;
        native->Store = step.StoreSlot < 0 ? null : _report + ReportHead + step.StoreSlot;
        native->Minimum = step.Minimum;
        SetIgnore(native, step.Ignore);
    }

    private LaunchStep* Add(long number, params ReadOnlySpan<long> arguments)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_count, _capacity);
        LaunchStep* step = _steps + _count++;
        step->Number = number;
        for (int i = 0; i < arguments.Length; i++)
        {
            step->Arguments[i] = arguments[i];
        }

        return step;
    }

    private static void SetIgnore(LaunchStep* step, ReadOnlySpan<Errno> ignore)
    {
        foreach (Errno errno in ignore)
        {
            step->Ignore[(int)errno / 64] |= 1UL << ((int)errno % 64);
        }
    }
}
