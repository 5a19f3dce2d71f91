using System.Text;
using Kata.Linux;

namespace Kata.AgentCtl.Output;

/// <summary>Writes to standard output and error without the machinery of the console classes, which takes part in signal and terminal handling.</summary>
internal static class StandardOutput
{
    private static readonly Fd Output = new(1, owns: false);
    private static readonly Fd Errors = new(2, owns: false);

    /// <summary>Writes to standard output.</summary>
    public static void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes to standard output.</summary>
    public static void Write(ReadOnlySpan<byte> bytes) => Write(Output, bytes);

    /// <summary>Writes to standard error.</summary>
    public static void WriteError(string text) => Write(Errors, Encoding.UTF8.GetBytes(text));

    private static void Write(Fd target, ReadOnlySpan<byte> bytes)
    {
        try
        {
            FdIo.WriteAll(target, bytes);
        }
        catch (LinuxException error) when (error.Errno is Errno.EPIPE or Errno.EBADF or Errno.EIO)
        {
            // Nobody listens any more, and there is nobody left to tell.
            return;
        }
    }
}
