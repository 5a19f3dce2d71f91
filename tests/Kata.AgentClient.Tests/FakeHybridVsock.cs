using System.Net.Sockets;
using System.Text;

namespace Kata.AgentClient.Tests;

/// <summary>A VMM's vsock socket: hangs up while the guest does not listen, then answers OK and passes everything on to an agent.</summary>
internal sealed class FakeHybridVsock : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kata-hvsock-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Task> _serving = [];
    private readonly string _agent;
    private readonly Task _accepting;
    private int _connections;

    public FakeHybridVsock(string agentSocket, int refusals)
    {
        _agent = agentSocket;
        SocketPath = Path.Combine(_directory.FullName, "v.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(8);
        _accepting = AcceptAsync(refusals);
    }

    public string SocketPath { get; }

    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task AcceptAsync(int refusals)
    {
        while (true)
        {
            Socket socket = await _listener.AcceptAsync(_stop.Token);
            _serving.Add(ServeAsync(socket, refuse: Interlocked.Increment(ref _connections) <= refusals));
        }
    }

    private async Task ServeAsync(Socket socket, bool refuse)
    {
        await using var host = new NetworkStream(socket, ownsSocket: true);
        byte[] line = new byte[13];
        await host.ReadExactlyAsync(line, _stop.Token);
        if (refuse || Encoding.ASCII.GetString(line) != "CONNECT 1024\n")
        {
            return;
        }

        using var guestSocket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await guestSocket.ConnectAsync(new UnixDomainSocketEndPoint(_agent), _stop.Token);
        await using var guest = new NetworkStream(guestSocket);
        await host.WriteAsync("OK 5001\n"u8.ToArray(), _stop.Token);
        await Task.WhenAny(host.CopyToAsync(guest, _stop.Token), guest.CopyToAsync(host, _stop.Token));
    }
}
