using Kata.Linux;
using Kata.Linux.Terminals;

namespace Kata.Cli.Output;

/// <summary>One line on a terminal that says what is being done and goes away when the container speaks. Nothing at all where there is no terminal.</summary>
internal sealed class ProgressLine : IDisposable
{
    private const string Erase = "\r\e[2K";

    private readonly Lock _gate = new();
    private readonly bool _enabled;
    private bool _shown;
    private bool _ended;

    /// <summary>Looks whether standard error is a terminal.</summary>
    /// <param name="wanted">False to stay silent in any case.</param>
    public ProgressLine(bool wanted)
    {
        using var errors = new Fd(2, owns: false);
        _enabled = wanted && TerminalMode.IsTerminal(errors) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
    }

    /// <summary>Shows a new text in place of the old one.</summary>
    public void Show(string text)
    {
        lock (_gate)
        {
            if (_enabled && !_ended)
            {
                StandardOutput.WriteError($"{Erase}\e[2m{text}…\e[0m");
                _shown = true;
            }
        }
    }

    /// <summary>Writes a line that stays.</summary>
    public void WriteLine(string text)
    {
        lock (_gate)
        {
            StandardOutput.WriteError($"{(_shown ? Erase : "")}{text}\n");
            _shown = false;
        }
    }

    /// <summary>Takes the line away, for good.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_shown)
            {
                StandardOutput.WriteError(Erase);
            }

            _shown = false;
            _ended = true;
        }
    }
}
