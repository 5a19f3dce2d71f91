using System.Globalization;
using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Agent.Processes;

/// <summary>What the kernel says about a process.</summary>
internal static class ProcessStatusFile
{
    private const int MaxSize = 64 * 1024;

    /// <summary>How a process treats signals; null if it is gone.</summary>
    public static SignalMask? TryReadSignals(int pid)
    {
        try
        {
            return SignalMask.Parse(BoundedFile.ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"), MaxSize));
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ESRCH)
        {
            return null;
        }
    }
}
