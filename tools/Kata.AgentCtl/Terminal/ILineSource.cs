namespace Kata.AgentCtl.Terminal;

/// <summary>Where commands come from: a person at a terminal, or a pipe or file.</summary>
internal interface ILineSource : IDisposable
{
    /// <summary>Whether a person types.</summary>
    bool IsTerminal { get; }

    /// <summary>The next line, without its end; null when there are no more.</summary>
    /// <exception cref="Kata.Linux.LinuxException">Reading failed.</exception>
    string? Next();
}
