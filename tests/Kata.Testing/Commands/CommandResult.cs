namespace Kata.Testing.Commands;

/// <summary>What a finished command left behind.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">0 to 255; 137 when it was killed by SIGKILL.</param>
/// <param name="Output">Standard output as text.</param>
/// <param name="Error">Standard error as text.</param>
/// <param name="Elapsed">From start to exit.</param>
public sealed record CommandResult(string Command, int ExitCode, string Output, string Error, TimeSpan Elapsed)
{
    /// <summary>Returns this result, or throws when the command failed.</summary>
    /// <exception cref="InvalidOperationException">The exit code is not 0; the message holds all that was printed.</exception>
    public CommandResult EnsureSuccess() => ExitCode == 0
        ? this
        : throw new InvalidOperationException($"'{Command}' ended with exit code {ExitCode}\nstdout: {Output}\nstderr: {Error}");
}
