using System.Globalization;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Guest;

/// <summary>Brings processors and memory that were plugged in into use.</summary>
internal sealed class Processors(TimeProvider time, string sysfs = "/sys/devices/system")
{
    private const int MaxFile = 64 * 1024;
    private const int MaxBlocks = 65536;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Brings processors online until the guest runs a number of them, waiting for the kernel to notice those that were plugged in.</summary>
    /// <remarks>
    /// Older hosts send the number that they plugged in, newer ones the total, and the request does not tell which. This follows the newer ones; as every
    /// processor that is there is brought online, an older host gets what it plugged in too, once the kernel has noticed it.
    /// </remarks>
    /// <param name="count">How many there are to be in all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">DeadlineExceeded: they did not appear.</exception>
    public async Task OnlineAsync(uint count, CancellationToken cancellationToken)
    {
        uint online = 0;

        bool Enough()
        {
            OnlineAll("cpu");
            online = CountOnline();
            return online >= count;
        }

        // The kernel announces processors by an ACPI event in its own time.
        if (!await Until.HoldsAsync(Enough, Patience, Between, time, cancellationToken).ConfigureAwait(false))
        {
            throw new KataException(ErrorCode.DeadlineExceeded, $"only {online} of {count} processors are online after {Patience.TotalSeconds} s");
        }
    }

    /// <summary>Tells the kernel of memory blocks that were plugged in, on machines where it does not notice by itself.</summary>
    /// <param name="addresses">The physical address of each block.</param>
    /// <exception cref="KataException">Unsupported: this kernel has no such interface. InvalidArgument: no address of a block, or too many.</exception>
    public void ProbeMemory(IReadOnlyList<ulong> addresses)
    {
        if (!HasMemoryProbe())
        {
            throw KataException.Unsupported("this guest's kernel notices new memory by itself: it has no memory probe interface (CONFIG_ARCH_MEMORY_PROBE)");
        }

        if (addresses.Count is 0 or > MaxBlocks)
        {
            throw KataException.Invalid($"{addresses.Count} memory blocks; give 1 to {MaxBlocks}");
        }

        ulong size = MemoryBlockSize();
        foreach (ulong address in addresses)
        {
            if (size == 0 || address % size != 0)
            {
                throw KataException.Invalid($"0x{address:X} is not the address of a memory block: they are 0x{size:X} bytes apart");
            }
        }

        foreach (ulong address in addresses)
        {
            BoundedFile.WriteOnce($"{sysfs}/memory/probe", $"0x{address:X}");
        }
    }

    /// <summary>Brings all offline memory blocks online.</summary>
    public void OnlineMemory() => OnlineAll("memory");

    /// <summary>The processors in use, as a list: <c>0-3</c>.</summary>
    public string OnlineList() => BoundedFile.ReadText($"{sysfs}/cpu/online", MaxFile).Trim();

    /// <summary>The size of a memory block in bytes; 0 if the guest's memory cannot grow.</summary>
    public ulong MemoryBlockSize() =>
        TryRead($"{sysfs}/memory/block_size_bytes") is { } text
        && ulong.TryParse(text.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong size) ? size : 0;

    /// <summary>Whether memory blocks are announced by writing their addresses.</summary>
    public bool HasMemoryProbe() => File.Exists($"{sysfs}/memory/probe");

    private static string? TryRead(string path)
    {
        try
        {
            return BoundedFile.ReadText(path, MaxFile);
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            return null;
        }
    }

    private uint CountOnline()
    {
        uint count = 0;
        foreach (string range in OnlineList().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = range.Split('-');
            uint first = uint.Parse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture);
            count += uint.Parse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture) - first + 1;
        }

        return count;
    }

    private void OnlineAll(string kind)
    {
        string directory = $"{sysfs}/{kind}";
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (string entry in Directory.EnumerateDirectories(directory, kind + "*"))
        {
            string file = entry + "/online";
            if (char.IsAsciiDigit(entry[^1]) && TryRead(file)?.Trim() == "0")
            {
                BoundedFile.WriteOnce(file, "1");
            }
        }
    }
}
