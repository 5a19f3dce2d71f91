using System.Runtime.CompilerServices;
using Kata.Linux.Hosts;
using Kata.Linux.Paths;

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
    private const nint Region = 1 << 20; // the smallest regions of the collector, which begin at multiples of their size

    private static readonly List<(nint Start, nint Length)> s_code = [];
    private static (nint Start, nint Length)? s_heap;

    /// <summary>Leaves out the executable itself from now on, and the heap. Called before there are threads that make children.</summary>
    internal static void Enable()
    {
        List<MappedArea> areas = MappedArea.Read(BoundedFile.ReadText("/proc/self/maps", MaxMaps));
        LeaveOutExecutable(areas);
        object sample = new();
        s_heap = HeapAround(areas, Unsafe.As<object, nint>(ref sample));
    }

    /// <summary>Gives back the code of the executable; the kernel has it, and maps again what is used. Does nothing unless enabled.</summary>
    internal static void ReleaseExecutable()
    {
        foreach ((nint start, nint length) in s_code)
        {
            _ = OwnMemory.Advise(start, length, OwnMemory.DontNeed);
        }
    }

    /// <summary>Before a copy is made: leaves out the heap, parts of which may have been mapped anew. Does nothing unless enabled.</summary>
    internal static void BeforeCopy()
    {
        if (s_heap is { } heap)
        {
            _ = OwnMemory.Advise(heap.Start, heap.Length, DontFork); // a kernel that refuses only makes copies larger
        }
    }

    /// <summary>Where the collector's address space is: it is reserved once, as one piece, and used from its beginning.</summary>
    /// <param name="areas">What is mapped, in order.</param>
    /// <param name="sample">The address of an object.</param>
    /// <returns>Null when it does not look like that.</returns>
    internal static (nint Start, nint Length)? HeapAround(IReadOnlyList<MappedArea> areas, nint sample)
    {
        nint start = 0;
        nint runEnd = 0;
        (nint Start, nint End) reserve = default;
        foreach (MappedArea area in areas)
        {
            bool plain = area.Name.Length == 0 && area.Permissions is "rw-p" or "---p";
            if (!plain || area.Start != runEnd)
            {
                if (runEnd > sample)
                {
                    break;
                }

                start = area.Start;
                reserve = default;
            }

            runEnd = area.End;
            if (area.Start > sample && area.Permissions is "---p" && area.End - area.Start > reserve.End - reserve.Start)
            {
                // What follows the part not used yet, such as the stack of a thread, is not the collector's.
                reserve = (area.Start, area.End);
            }
        }

        nint first = (start + Region - 1) & -Region;
        return first <= sample && sample < reserve.Start ? (first, reserve.End - first) : null;
    }

    private static void LeaveOutExecutable(IReadOnlyList<MappedArea> areas)
    {
        string? program = Environment.ProcessPath;
        nint end = 0;
        foreach (MappedArea area in areas)
        {
            // What follows the last one without a name are its variables without initial values.
            bool follows = area.Name.Length == 0 && area.Start == end;
            if (!follows && area.Name != program)
            {
                end = 0;
                continue;
            }

            end = area.End;
            _ = OwnMemory.Advise(area.Start, area.End - area.Start, DontFork);
            if (area.Permissions is "r-xp")
            {
                s_code.Add((area.Start, area.End - area.Start)); // what is only readable may have been relocated before
            }
        }
    }
}
