using Kata.Linux.Sockets;

namespace Kata.Agent.Serving;

/// <summary>
/// Sees to it that the answer to DestroySandbox leaves a machine that is about to switch itself off. What is written to vsock or to a virtio-serial port is only
/// queued for the device; that it has arrived shows when the host, which has got what it wanted, closes.
/// </summary>
internal static class LastAnswer
{
    /// <summary>How long a host that keeps the connection open is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Says that nothing more comes, where the transport can say so, and waits for the host to close.</summary>
    public static async Task SeeOffAsync(Stream transport)
    {
        using var deadline = new CancellationTokenSource(Patience);
        byte[] buffer = new byte[256];
        EndWriting(transport);
        try
        {
            while (await transport.ReadAsync(buffer, deadline.Token).ConfigureAwait(false) > 0)
            {
                // Requests that come now are too late.
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return; // broken off, or not closed: either way there is nothing more to wait for
        }
    }

    private static void EndWriting(Stream transport)
    {
        try
        {
            (transport as FdStream)?.CompleteWriting();
        }
        catch (IOException)
        {
            return; // a port cannot be closed by halves
        }
    }
}
