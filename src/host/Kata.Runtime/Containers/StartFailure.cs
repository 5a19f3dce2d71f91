using Kata.Primitives;

namespace Kata.Runtime.Containers;

/// <summary>The exit status a shell would show for a program that could not be run.</summary>
internal static class StartFailure
{
    private const int NotExecutable = 126;
    private const int NotFound = 127;

    /// <summary>126: found but not executable. 127: not found. 255: anything else.</summary>
    public static int StatusOf(Exception error) => error switch
    {
        KataException { Code: ErrorCode.PermissionDenied } => NotExecutable,
        KataException { Code: ErrorCode.NotFound } => NotFound,
        _ => ProcessExit.Unknown,
    };
}
