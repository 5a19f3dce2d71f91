using System.Text;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors;

/// <summary>Writes a guest's console to the log, line by line, escaped and cut. Not safe for concurrent use.</summary>
internal sealed partial class ConsoleLog(string sandbox, ILogger logger)
{
    private const int MaxLineLength = 512;
    private readonly byte[] _line = new byte[MaxLineLength];
    private int _length;

    /// <summary>Takes the next bytes. What a line has beyond the bound is dropped.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (b == (byte)'\n')
            {
                Flush();
            }
            else if (_length < MaxLineLength && b != (byte)'\r')
            {
                _line[_length++] = b;
            }
        }
    }

    [LoggerMessage(EventId = 320, Level = LogLevel.Debug, Message = "console of {Sandbox}: {Line}")]
    private static partial void LogLine(ILogger logger, string sandbox, string line);

    private void Flush()
    {
        if (_length > 0)
        {
            LogLine(logger, sandbox, Printable.Escape(Encoding.UTF8.GetString(_line, 0, _length), MaxLineLength));
            _length = 0;
        }
    }
}
