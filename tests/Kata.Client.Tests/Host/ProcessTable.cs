using System.Diagnostics;
using System.Globalization;

namespace Kata.Client.Tests.Host;

/// <summary>The processes of the machine.</summary>
internal static class ProcessTable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    /// <summary>All processes except kernel threads and zombies.</summary>
    internal static List<ProcessEntry> Read()
    {
        var entries = new List<ProcessEntry>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ReadText(Path.Combine(directory, "cmdline")) is { Length: > 0 } text)
            {
                string[] arguments = text.TrimEnd('\0').Split('\0');
                entries.Add(new ProcessEntry(pid, Path.GetFileName(arguments[0]), string.Join(' ', arguments)));
            }
        }

        return entries;
    }

    /// <summary>Waits until at least one process fits.</summary>
    /// <exception cref="TimeoutException">None did in time; the message lists what runs.</exception>
    internal static async Task<List<ProcessEntry>> WaitForAsync(Func<ProcessEntry, bool> fits, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Poll);
        while (clock.Elapsed < deadline)
        {
            List<ProcessEntry> found = Read().FindAll(entry => fits(entry));
            if (found.Count > 0)
            {
                return found;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        throw new TimeoutException($"no such process within {deadline}; running:\n{string.Join('\n', Read().Select(entry => $"{entry.Pid} {entry.CommandLine}"))}");
    }

    /// <summary>Sends SIGKILL; a process that is gone already is fine.</summary>
    internal static void Kill(IEnumerable<ProcessEntry> processes)
    {
        foreach (ProcessEntry entry in processes)
        {
            try
            {
                using Process process = Process.GetProcessById(entry.Pid);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It ended in between.
            }
        }
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
