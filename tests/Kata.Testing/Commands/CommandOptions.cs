namespace Kata.Testing.Commands;

/// <summary>How a command runs.</summary>
public sealed record CommandOptions
{
    /// <summary>Bytes for standard input; none means an input that is closed at once.</summary>
    public byte[]? Input { get; init; }

    /// <summary>Variables added to the environment of the test.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where it runs; the test's own directory if null.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>When it is killed.</summary>
    public TimeSpan Deadline { get; init; } = Command.DefaultDeadline;
}
