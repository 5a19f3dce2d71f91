using System.Globalization;
using System.Runtime.CompilerServices;
using Kata.Linux.Hosts;

namespace Kata.Linux.Processes;

/// <summary>
/// Leaves memory out of the copy that a child gets which does not share it: the child's code needs the table of its steps and nothing else of the parent. That
/// saves most of a launch, and nobody can read in the child what was never there. For processes whose children are all made by this library: a child that
/// anything else makes by fork would not find its memory.
/// </summary>
internal static class LeanCopies
{
    private const int DontFork = 10; // MADV_DONTFORK, the same on all architectures
    private const int MaxMaps = 4 * 1024 * 1024;

    // The smallest regions of the collector, which begin at multiples of their size: a block with an object in it has nothing else in it.
    private const nint Block = 1 << 20;

    private static readonly Lock s_gate = new();
    private static readonly HashSet<nint> s_marked = [];
    private static readonly List<(nint Start, nint Length)> s_code = [];
    private static object? s_old;

    /// <summary>Leaves out the executable itself from now on, and the heap as far as it is met.</summary>
    internal static void Enable()
    {
        LeaveOutExecutable();
        Volatile.Write(ref s_old, new object());
    }

    /// <summary>Gives back the code of the executable; the kernel has it, and maps again what is used. Does nothing unless enabled.</summary>
    internal static void ReleaseExecutable()
    {
        foreach ((nint start, nint length) in s_code)
        {
            _ = OwnMemory.Advise(start, length, OwnMemory.DontNeed);
        }
    }

    /// <summary>Before a copy is made: leaves out the parts of the heap that new and old objects are in. Does nothing unless enabled.</summary>
    internal static void BeforeCopy()
    {
        if (Volatile.Read(ref s_old) is not { } old)
        {
            return;
        }

        lock (s_gate)
        {
            LeaveOutBlockOf(old);
            LeaveOutBlockOf(new object());
        }
    }

    private static void LeaveOutBlockOf(object sample)
    {
        // Whether it moves meanwhile does not matter: where it was is heap all the same.
        nint block = Unsafe.As<object, nint>(ref sample) & -Block;
        if (s_marked.Add(block))
        {
            // Parts that are not mapped make this fail after it has done the others, and a kernel that refuses only makes copies larger.
            _ = OwnMemory.Advise(block, Block, DontFork);
        }
    }

    private static void LeaveOutExecutable()
    {
        string? program = Environment.ProcessPath;
        nint end = 0;
        foreach (string line in Paths.BoundedFile.ReadText("/proc/self/maps", MaxMaps).Split('\n'))
        {
            // "00a35000-00ca1000 rw-p 00634000 00:01 123   /init"; what follows the last one without a name are its variables without initial values.
            string[] fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 5 || fields[0].Split('-') is not [{ } low, { } high])
            {
                continue;
            }

            nint start = nint.Parse(low, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            bool follows = fields.Length == 5 && start == end;
            if (follows || (fields.Length == 6 && fields[5] == program))
            {
                end = nint.Parse(high, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                _ = OwnMemory.Advise(start, end - start, DontFork);
                if (fields[1] is "r-xp")
                {
                    s_code.Add((start, end - start)); // what is only readable may have been relocated before
                }
            }
            else
            {
                end = 0;
            }
        }
    }
}
