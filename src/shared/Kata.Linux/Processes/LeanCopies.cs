using System.Runtime.InteropServices;
using Kata.Linux.Hosts;
using Kata.Linux.Paths;

namespace Kata.Linux.Processes;

/// <summary>
/// Leaves memory out of the copy that a child gets which does not share it: the child's code needs the table of its steps and nothing else of the parent. That
/// saves most of a launch, and nobody can read in the child what was never there. For processes whose children are all made by this library: a child that
/// anything else makes by fork would not find its memory.
/// </summary>
internal static partial class LeanCopies
{
    private const int MaxMaps = 4 * 1024 * 1024;

    private static readonly List<(nint Start, nint Length)> Code = [];
    private static volatile bool _enabled;

    [ThreadStatic]
    private static bool _kept;

    /// <summary>From now on, children get <see cref="LaunchMemory"/> alone.</summary>
    internal static void Enable()
    {
        string? program = Environment.ProcessPath;
        foreach (MappedArea area in MappedArea.Read(BoundedFile.ReadText("/proc/self/maps", MaxMaps)))
        {
            // What is only readable may have been relocated before, and is nowhere else.
            if (area.Name == program && area.Permissions is "r-xp")
            {
                Code.Add((area.Start, area.End - area.Start));
            }
        }

        _enabled = true;
    }

    /// <summary>Gives back the code of the executable; the kernel has it, and maps again what is used. Does nothing unless enabled.</summary>
    internal static void ReleaseExecutable()
    {
        foreach ((nint start, nint length) in Code)
        {
            _ = OwnMemory.Advise(start, length, OwnMemory.DontNeed);
        }
    }

    /// <summary>On the thread that makes a copy, before it does: leaves out everything else. Does nothing unless enabled.</summary>
    internal static void BeforeCopy()
    {
        if (!_enabled)
        {
            return;
        }

        if (!_kept)
        {
            // The kernel notes in the thread's own variables on which processor it runs, rseq(2), and ends a child that has them no longer.
            nint page = Environment.SystemPageSize;
            LaunchMemory.Keep((Self() & -page) - page, 3 * page);
            _kept = true;
        }

        LaunchMemory.LeaveOutOthers();
    }

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    private static partial nint Self();
}
