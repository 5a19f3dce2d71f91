using System.Text;
using Kata.Linux;
using Kata.Primitives;

namespace Kata.AgentCtl.Terminal;

/// <summary>Lines of a pipe or file, as they are.</summary>
internal sealed class PlainLines(Fd input) : ILineSource
{
    private const int MaxLine = 8 << 20;

    private readonly byte[] _buffer = new byte[16 << 10];
    private readonly List<byte> _line = [];
    private int _start;
    private int _end;

    /// <inheritdoc/>
    public bool IsTerminal => false;

    /// <inheritdoc/>
    public string? Next()
    {
        _line.Clear();
        while (true)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, FdIo.Read(input, _buffer));
                if (_end == 0)
                {
                    return _line.Count > 0 ? Text() : null;
                }
            }

            ReadOnlySpan<byte> rest = _buffer.AsSpan(_start, _end - _start);
            int newline = rest.IndexOf((byte)'\n');
            _line.AddRange(newline < 0 ? rest : rest[..newline]);
            _start += newline < 0 ? rest.Length : newline + 1;
            if (newline >= 0)
            {
                return Text();
            }

            if (_line.Count > MaxLine)
            {
                throw KataException.Invalid($"standard input: a line is longer than {MaxLine >> 20} MiB");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => input.Dispose();

    private string Text() => Encoding.UTF8.GetString([.. _line]).TrimEnd('\r');
}
