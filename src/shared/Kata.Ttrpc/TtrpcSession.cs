using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc;

/// <summary>
/// Opens a session on a byte channel that outlives its users: a virtio-serial port, or any channel of a machine that was restored from a snapshot.
/// </summary>
/// <remarks>
/// Such a channel can hold half a request of a client that died, or responses nobody waits for, and the server cannot tell that its client is a new
/// one. The marker frame tells it: the server (with <see cref="TtrpcServerOptions.AllowNewSessions"/>) abandons what ran for the old client and sends
/// the marker back; everything before it is dropped here. On a socket this is not needed, as a new connection is a new session.
/// </remarks>
public static class TtrpcSession
{

    /// <summary>Sends the marker until the server answers it. Afterwards the transport is ready for a <see cref="TtrpcClient"/>.</summary>
    /// <param name="transport">The channel.</param>
    /// <param name="resendAfter">
    /// The marker is sent again after so long without an answer: the server may not have been there yet, or may be waiting for the rest of a frame,
    /// which it gives up 100 ms after a marker. So at least 500 ms.
    /// </param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up. The transport is then in an unknown state.</param>
    /// <exception cref="EndOfStreamException">The peer closed the channel.</exception>
    public static async Task EstablishAsync(Stream transport, TimeSpan resendAfter, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(timeProvider);
        byte[] marker = SessionMarker.Create();
        byte[] answer = Bytes(SessionMarker.Reply(marker));
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = SendRepeatedlyAsync(transport, Bytes(SessionMarker.Request(marker)), resendAfter, timeProvider, answered.Token);
        try
        {
            await SkipPastAsync(transport, answer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await answered.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task SendRepeatedlyAsync(
        Stream transport, byte[] frame, TimeSpan interval, TimeProvider timeProvider, CancellationToken answered)
    {
        while (true)
        {
            // Never cut short: half a marker would be the very thing it is there to repair.
            await transport.WriteAsync(frame, CancellationToken.None).AsTask().WaitAsync(answered).ConfigureAwait(false);
            await transport.FlushAsync(answered).ConfigureAwait(false);
            await Task.Delay(interval, timeProvider, answered).ConfigureAwait(false);
        }
    }

    /// <summary>Reads up to the end of <paramref name="pattern"/> and not one byte further: what follows belongs to the session.</summary>
    private static async Task SkipPastAsync(Stream transport, byte[] pattern, CancellationToken cancellationToken)
    {
        byte[] window = new byte[pattern.Length];
        int matched = 0;
        while (matched < pattern.Length)
        {
            int read = await transport.ReadAsync(window.AsMemory(matched), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException("the peer closed the channel before it answered");
            }

            matched = KeepLongestPrefix(window.AsSpan(0, matched + read), pattern);
        }
    }

    /// <summary>Moves the longest end of <paramref name="seen"/> that begins <paramref name="pattern"/> to its front.</summary>
    private static int KeepLongestPrefix(Span<byte> seen, ReadOnlySpan<byte> pattern)
    {
        for (int start = 0; start < seen.Length; start++)
        {
            Span<byte> end = seen[start..];
            if (pattern.StartsWith(end))
            {
                end.CopyTo(seen);
                return end.Length;
            }
        }

        return 0;
    }

    private static byte[] Bytes(Frame frame)
    {
        byte[] bytes = frame.Memory.ToArray();
        frame.Release();
        return bytes;
    }
}
