using System.Globalization;
using System.Text;
using Kata.Primitives;

namespace Kata.AgentClient;

/// <summary>Opens a vsock connection through a unix socket: <c>CONNECT port</c>, answered with a line that begins with <c>OK</c> if the guest listens.</summary>
internal static class HybridVsockHandshake
{
    private const int MaxLineLength = 64;

    /// <exception cref="IOException">Nobody listens in the guest, or the answer is something else, or none came in time.</exception>
    public static async Task RunAsync(Stream stream, uint port, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(timeout, timeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            string request = string.Create(CultureInfo.InvariantCulture, $"CONNECT {port}\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), stop.Token).ConfigureAwait(false);
            string answer = await ReadLineAsync(stream, stop.Token).ConfigureAwait(false);
            if (!answer.Contains("OK", StringComparison.Ordinal))
            {
                throw new IOException($"port {port} was refused: \"{Printable.Escape(answer, MaxLineLength)}\"");
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"no answer to CONNECT {port} within {timeout.TotalSeconds:0.###} s");
        }
    }

    /// <summary>Byte by byte: what follows the line belongs to the connection.</summary>
    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] line = new byte[MaxLineLength];
        for (int length = 0; length < MaxLineLength; length++)
        {
            if (await stream.ReadAsync(line.AsMemory(length, 1), cancellationToken).ConfigureAwait(false) == 0)
            {
                throw new IOException("nobody listens on the port in the guest yet");
            }

            if (line[length] == (byte)'\n')
            {
                return Encoding.ASCII.GetString(line, 0, length);
            }
        }

        throw new IOException($"the answer to CONNECT is longer than {MaxLineLength} bytes");
    }
}
