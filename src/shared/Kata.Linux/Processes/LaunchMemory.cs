using System.Numerics;
using System.Runtime.InteropServices;
using Kata.Linux.Hosts;

namespace Kata.Linux.Processes;

/// <summary>The memory that children read before they execute: apart from everything else, so that it can be all they get. Safe for concurrent use.</summary>
internal static unsafe partial class LaunchMemory
{
    /// <summary>The usual size of a piece, a page.</summary>
    internal const int BlockSize = 4096;

    private const int ChunkSize = 64 * BlockSize;
    private const int PieceSizes = 5; // 1, 2, 4, 8 and 16 blocks
    private const int MostFilled = 4; // spare pieces of one size, but the smallest, that keep their pages
    private const int DontFork = 10; // MADV_DONTFORK, the same on all architectures
    private const int DoFork = 11; // MADV_DOFORK
    private const int ReadWrite = 3; // PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS

    private static readonly nint Page = Environment.SystemPageSize;
    private static readonly nint Top = nint.MaxValue & -Page; // beyond any address of a process
    private static readonly Lock Gate = new();

    // What is free, by the power of two of its blocks. To map and unmap costs more than to clear, and each mapping is a hole in what children do not get.
    private static readonly Stack<nint>[] Spares = [new(), new(), new(), new(), new()];
    private static readonly SortedList<nint, nint> Kept = []; // starts and ends
    private static nint _next; // what is left of the last chunk
    private static nint _end;

    /// <summary>Zeroed memory, aligned to a page.</summary>
    /// <param name="size">In bytes, at least 1.</param>
    /// <exception cref="LinuxException">ENOMEM: there is none.</exception>
    internal static nint Allocate(int size)
    {
        nint memory;
        int power = Power(size);
        lock (Gate)
        {
            if (power >= PieceSizes)
            {
                return Map(Rounded(size));
            }

            if (!Spares[power].TryPop(out memory))
            {
                return Carve(BlockSize << power);
            }
        }

        NativeMemory.Clear((void*)memory, (nuint)size);
        return memory;
    }

    /// <summary>Maps whole pages for as long as the process lives, readable and writable, zeroed.</summary>
    /// <param name="length">In bytes, at least 1; rounded up to pages.</param>
    /// <exception cref="LinuxException">ENOMEM: there is none.</exception>
    internal static nint AllocatePages(int length)
    {
        lock (Gate)
        {
            return Map(Rounded(length));
        }
    }

    /// <summary>Gives it back.</summary>
    /// <param name="start">What <see cref="Allocate"/> returned.</param>
    /// <param name="size">What it was asked for.</param>
    internal static void Free(nint start, int size)
    {
        lock (Gate)
        {
            int power = Power(size);
            if (power < PieceSizes)
            {
                int length = BlockSize << power;
                if (power > 0 && Spares[power].Count >= MostFilled && length % Page == 0)
                {
                    _ = OwnMemory.Advise(start, length, OwnMemory.DontNeed); // by whole pages only: with large ones a neighbour is in the last
                }

                Spares[power].Push(start);
                return;
            }

            Kept.Remove(start);
            _ = Unmap(start, Rounded(size));
        }
    }

    /// <summary>Has children get something else too.</summary>
    /// <param name="start">The first address, of a page.</param>
    /// <param name="length">In bytes, whole pages; what is not mapped in there does no harm.</param>
    internal static void Keep(nint start, nint length)
    {
        lock (Gate)
        {
            Kept[start] = start + length;
            _ = OwnMemory.Advise(start, length, DoFork);
        }
    }

    /// <summary>Leaves everything else that is mapped now out of the copies that children get. A kernel that refuses only makes copies larger.</summary>
    internal static void LeaveOutOthers()
    {
        lock (Gate)
        {
            nint from = 0;
            for (int i = 0; i < Kept.Count; i++)
            {
                LeaveOut(from, Kept.GetKeyAtIndex(i));
                from = Math.Max(from, Kept.GetValueAtIndex(i));
            }

            LeaveOut(from, Top);
        }
    }

    private static void LeaveOut(nint from, nint to)
    {
        if (to > from)
        {
            // Holes make this fail after it has done the others.
            _ = OwnMemory.Advise(from, to - from, DontFork);
        }
    }

    private static int Power(int size) => size <= BlockSize ? 0 : BitOperations.Log2((uint)(size - 1) / BlockSize) + 1;

    private static nint Carve(int length)
    {
        if (_end - _next < length)
        {
            for (; _next < _end; _next += BlockSize)
            {
                Spares[0].Push(_next);
            }

            _next = Map(ChunkSize);
            _end = _next + ChunkSize;
        }

        nint piece = _next;
        _next += length;
        return piece;
    }

    private static nint Rounded(int size) => (size + Page - 1) & -Page;

    private static nint Map(nint length)
    {
        nint start = MapMemory(0, length, ReadWrite, PrivateAnonymous, -1, 0);
        if (start == -1)
        {
            throw LinuxException.FromLastError("mmap", $"{length} bytes");
        }

        Kept[start] = start + length;
        return start;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MapMemory(nint address, nint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nint length);
}
