using Kata.AgentCtl.Sessions;
using Kata.Linux;
using Kata.Linux.Terminals;

namespace Kata.AgentCtl.Terminal;

/// <summary>Picks how standard input is read.</summary>
internal static class LineSources
{
    /// <summary>An editor where a terminal is on both sides, plain lines everywhere else.</summary>
    public static ILineSource Open(Session session)
    {
        var input = new Fd(0, owns: false);
        using var output = new Fd(1, owns: false);
        bool person = TerminalMode.IsTerminal(input) && TerminalMode.IsTerminal(output) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return person ? new EditedLines(input, new LineHistory(LineHistory.DefaultPath()), new CommandCompletion(session)) : new PlainLines(input);
    }
}
