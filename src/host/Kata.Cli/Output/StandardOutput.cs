using System.Text;

using Kata.Linux;

namespace Kata.Cli.Output;

/// <summary>Writes to standard output and error without the machinery of the console classes, which cost milliseconds at the start.</summary>
internal static class StandardOutput
{
    private static readonly Fd Output = new(1, owns: false);
    private static readonly Fd Errors = new(2, owns: false);

    /// <summary>Writes to standard output.</summary>
    public static void Write(string text) => Write(Output, text);

    /// <summary>Writes to standard error.</summary>
    public static void WriteError(string text) => Write(Errors, text);

    private static void Write(Fd target, string text)
    {
        try
        {
            FdIo.WriteAll(target, Encoding.UTF8.GetBytes(text));
        }
        catch (LinuxException error) when (error.Errno is Errno.EPIPE or Errno.EBADF or Errno.EIO)
        {
            // Nobody listens any more, and there is nobody left to tell.
            return;
        }
    }
}
