using Kata.Primitives;

namespace Kata.Cli.Containers;

/// <summary>The machine runs, but the program could not be started in it; knows the exit code a shell would give.</summary>
internal sealed class StartException(string subject, KataException cause) : KataException(cause.Code, $"{subject}: {cause.Message}", cause)
{
    /// <summary>126 if the program cannot be executed, 127 if there is none, 125 for everything else.</summary>
    public int ExitCode => Code switch
    {
        ErrorCode.NotFound => ExitCodes.NotFound,
        ErrorCode.PermissionDenied => ExitCodes.NotExecutable,
        _ => ExitCodes.Failed,
    };
}
