using Kata.Linux;
using Kata.Linux.Sockets;

namespace Kata.Agent.Serving;

/// <summary>
/// Visits of the host at a virtio-serial port, one after the other. The port stays open between them: the driver throws away what it has when it is closed, and that
/// may be the beginning of the next visit.
/// </summary>
/// <param name="device">The port's device.</param>
internal sealed class VirtioPortSource(string device) : IConnectionSource
{
    private const int FirstRead = 512;

    private readonly Fd _port = Fd.Open(device, OpenFlags.ReadWrite | OpenFlags.NonBlocking);

    /// <inheritdoc/>
    public string Name => device;

    /// <inheritdoc/>
    public async ValueTask<(FdStream Stream, byte[] Begun)> AcceptAsync(bool firstByte, CancellationToken cancellationToken)
    {
        var options = new FdStreamOptions { EmptyRead = EmptyRead.WaitForFirstByte };
        var stream = new FdStream(_port.Duplicate(), options);
        if (!firstByte)
        {
            return (stream, []);
        }

        try
        {
            byte[] begun = new byte[FirstRead];
            int count = await stream.ReadAsync(begun, cancellationToken).ConfigureAwait(false);
            return (stream, begun[..count]);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _port.Dispose();
}
