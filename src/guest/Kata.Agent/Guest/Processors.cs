using System.Globalization;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Guest;

/// <summary>Brings processors and memory that were plugged in into use.</summary>
internal sealed class Processors(TimeProvider time, string sysfs = "/sys/devices/system")
{
    private const int MaxFile = 64 * 1024;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Brings up to a number of offline processors online, waiting for the kernel to notice them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">DeadlineExceeded: they did not appear.</exception>
    public async Task OnlineAsync(uint count, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        uint done = 0;
        while (true)
        {
            done += OnlineAll("cpu", count - done);
            if (done >= count)
            {
                return;
            }

            if (time.GetElapsedTime(started) > Patience)
            {
                throw new KataException(ErrorCode.DeadlineExceeded, $"only {done} of {count} processors appeared within {Patience.TotalSeconds} s");
            }

            // The kernel announces processors by an ACPI event in its own time.
            await Task.Delay(Between, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Brings all offline memory blocks online.</summary>
    public void OnlineMemory() => OnlineAll("memory", uint.MaxValue);

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

    private uint OnlineAll(string kind, uint most)
    {
        uint done = 0;
        string directory = $"{sysfs}/{kind}";
        if (!Directory.Exists(directory))
        {
            return 0;
        }

        foreach (string entry in Directory.EnumerateDirectories(directory, kind + "*"))
        {
            string file = entry + "/online";
            if (done < most && char.IsAsciiDigit(entry[^1]) && TryRead(file)?.Trim() == "0")
            {
                BoundedFile.WriteOnce(file, "1");
                done++;
            }
        }

        return done;
    }
}
