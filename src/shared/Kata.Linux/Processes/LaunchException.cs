using Kata.Primitives;

namespace Kata.Linux.Processes;

/// <summary>A process that came to its end before its program was executed: which step failed, and why.</summary>
public sealed class LaunchException : KataException
{
    /// <summary>Describes a failed launch.</summary>
    /// <param name="step">The step in words.</param>
    /// <param name="errno">Why; 0 when the parent gave up at the start gate.</param>
    /// <param name="executing">Whether the step was the execution itself.</param>
    public LaunchException(string step, Errno errno, bool executing)
        : base(errno == 0 ? ErrorCode.Cancelled : LinuxException.CodeOf(errno), Describe(step, errno))
    {
        Step = step;
        Errno = errno;
        Executing = executing;
    }

    /// <summary>The failed step in words: "execute /bin/x".</summary>
    public string Step { get; }

    /// <summary>Why it failed; 0 when the parent gave up at the start gate.</summary>
    public Errno Errno { get; }

    /// <summary>Whether the step was the execution of the program, rather than something before.</summary>
    public bool Executing { get; }

    /// <summary>The exit code of a shell in this case: 127 if there is no such program, 126 if it cannot be executed.</summary>
    public int ShellCode => Executing && Errno is Errno.ENOENT or Errno.ENOTDIR ? 127 : 126;

    private static string Describe(string step, Errno errno) =>
        $"{Printable.Escape(step, maxLength: 1024)}: {(errno == 0 ? "given up by the parent" : LinuxException.Explain(errno))}";
}
