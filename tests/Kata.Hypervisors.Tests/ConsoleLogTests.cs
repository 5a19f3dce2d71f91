using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors.Tests;

public sealed class ConsoleLogTests
{
    [Fact]
    public void Write_PiecesOfLines_LogsEachLineOnceEscaped()
    {
        var lines = new ListLogger();
        var log = new ConsoleLog("sb1", lines);

        log.Write("on"u8);
        log.Write("e\r\n\r\ntwo\u001b[0m\nunfinished"u8);

        Assert.Equal(["console of sb1: one", "console of sb1: two\\u001b[0m"], lines);
    }

    [Fact]
    public void Write_EndlessLine_IsCut()
    {
        var lines = new ListLogger();
        var log = new ConsoleLog("sb1", lines);

        for (int i = 0; i < 1000; i++)
        {
            log.Write(Enumerable.Repeat((byte)'x', 1000).ToArray());
        }

        log.Write("\n"u8);

        Assert.InRange(Assert.Single(lines).Length, 1, 600);
    }

    private sealed class ListLogger : List<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add(formatter(state, exception));
    }
}
