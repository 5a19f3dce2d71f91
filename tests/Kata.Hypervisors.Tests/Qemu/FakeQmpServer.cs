using System.Net.Sockets;
using System.Text;
using Kata.Linux;
using Kata.Linux.Sockets;

namespace Kata.Hypervisors.Tests.Qemu;

/// <summary>The other end of a QMP connection, which says exactly what a test tells it to.</summary>
internal sealed class FakeQmpServer : IAsyncDisposable
{
    public const string Greeting = """{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}""";

    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    public FakeQmpServer()
    {
        (Fd mine, Fd theirs) = UnixSockets.Pair();
        _stream = new NetworkStream(UnixSockets.Adopt(mine), ownsSocket: true);
        _reader = new StreamReader(_stream, Encoding.UTF8);
        Client = new NetworkStream(UnixSockets.Adopt(theirs), ownsSocket: true);
    }

    /// <summary>The stream for the client under test.</summary>
    public Stream Client { get; }

    public Task SayAsync(string line) => WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, TestContext.Current.CancellationToken);

    public async Task<string?> HearAsync() => await _reader.ReadLineAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
    }
}
