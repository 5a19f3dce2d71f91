using System.Text;
using Kata.AgentCtl.Output;
using Kata.Linux;
using Kata.Linux.Terminals;

namespace Kata.AgentCtl.Terminal;

/// <summary>Lines typed at a terminal, with editing, history and completion. The terminal is in raw mode only while a line is edited.</summary>
internal sealed class EditedLines : ILineSource
{
    private readonly Fd _input;
    private readonly LineHistory _history;
    private readonly CommandCompletion _completion;
    private readonly KeyReader _keys;
    private readonly LineBuffer _line = new();
    private readonly byte[] _buffer = new byte[1];
    private string? _searched;

    /// <summary>Reads from a terminal.</summary>
    /// <param name="input">The terminal; closed with this object if it owns it.</param>
    /// <param name="history">Earlier lines.</param>
    /// <param name="completion">What Tab offers.</param>
    public EditedLines(Fd input, LineHistory history, CommandCompletion completion)
    {
        _input = input;
        _history = history;
        _completion = completion;
        _keys = new KeyReader(NextByte);
    }

    /// <inheritdoc/>
    public bool IsTerminal => true;

    /// <inheritdoc/>
    public string? Next()
    {
        using TerminalMode raw = TerminalMode.MakeRaw(_input);
        _line.Set("");
        _searched = null;
        while (true)
        {
            Show();
            (Key key, Rune character) = _keys.Read();
            _searched = key == Key.SearchOlder ? _searched : null;
            switch (key)
            {
                case Key.Character:
                    _line.Insert(character.ToString());
                    break;
                case Key.Enter:
                    _line.Apply(Key.End);
                    Show();
                    StandardOutput.Write("\r\n");
                    _history.Add(_line.Text);
                    return _line.Text;
                case Key.Gone:
                case Key.DeleteOrEnd when _line.Length == 0:
                    StandardOutput.Write("\r\n");
                    return null;
                case Key.Cancel:
                    StandardOutput.Write("^C\r\n");
                    _line.Set("");
                    break;
                case Key.ClearScreen:
                    StandardOutput.Write("\e[H\e[2J");
                    break;
                case Key.Complete:
                    Complete();
                    break;
                default:
                    Navigate(key);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _input.Dispose();

    private void Navigate(Key key)
    {
        if (key == Key.SearchOlder)
        {
            _searched ??= _line.Text;
        }

        string? other = key switch
        {
            Key.Older => _history.Older(_line.Text),
            Key.Newer => _history.Newer(),
            Key.SearchOlder => _history.Search(_searched!, _line.Text),
            _ => null,
        };
        if (other is not null)
        {
            _line.Set(other);
        }
        else
        {
            _line.Apply(key);
        }
    }

    private void Complete()
    {
        Completions found = _completion.For(_line.BeforeCursor);
        if (found.Candidates.Count == 0)
        {
            StandardOutput.Write("\a");
            return;
        }

        string common = found.Common;
        string typed = _line.BeforeCursor[^found.WordLength..];
        if (found.Candidates.Count > 1 && common.Length <= typed.Length)
        {
            StandardOutput.Write("\r\n" + string.Concat(found.Candidates.Select(candidate => "  " + candidate + "\r\n")));
            return;
        }

        _line.ReplaceBefore(typed.EnumerateRunes().Count(), found.Candidates.Count == 1 && common[^1] is not ('=' or '/') ? common + " " : common);
    }

    private void Show() => StandardOutput.Write(LineView.Render(_line, TerminalMode.SizeOf(_input).Columns));

    private int NextByte()
    {
        Errno error = FdIo.TryRead(_input, _buffer, out int count);
        return error == 0 && count == 1 ? _buffer[0] : -1;
    }
}
