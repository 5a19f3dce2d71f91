using Kata.Agent.Serving;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Agent.Processes;

/// <summary>Moves standard streams of a process from and to connections of their own, until they end or the process is done with.</summary>
internal sealed class StreamCarrier : IDisposable
{
    private const int InputSize = 32 * 1024;

    private readonly CancellationTokenSource _stop = new();
    private readonly ProcessStreams _streams;
    private readonly Action _outputEnded;

    /// <summary>Begins.</summary>
    /// <param name="streams">The process's streams.</param>
    /// <param name="connections">Those of them that have one; taken over.</param>
    /// <param name="outputEnded">Called when an output has come to its end.</param>
    public StreamCarrier(ProcessStreams streams, StreamConnections connections, Action outputEnded)
    {
        (_streams, _outputEnded) = (streams, outputEnded);
        (FdStream? input, FdStream? output, FdStream? error) = connections.TakeAll();
        (HasInput, HasOutput, HasError) = (input is not null, output is not null, error is not null);

        // They end by themselves, and close their connections, once the streams or this object are disposed.
        _ = input is null ? Task.CompletedTask : CarryInputAsync(input);
        _ = output is null ? Task.CompletedTask : CarryOutputAsync(output, streams.Output);
        _ = error is null ? Task.CompletedTask : CarryOutputAsync(error, streams.Error!);
    }

    /// <summary>Whether the input has a connection.</summary>
    public bool HasInput { get; }

    /// <summary>Whether the output has one.</summary>
    public bool HasOutput { get; }

    /// <summary>Whether the errors have one.</summary>
    public bool HasError { get; }

    private bool IsTerminal => _streams.Terminal is not null;

    /// <summary>Ends it; connections are closed.</summary>
    public void Dispose() => _stop.Cancel(); // not disposed: who carries may be about to wait

    // A terminal goes on without its typist: CloseStdin types the end of the input.
    private async Task CarryInputAsync(FdStream connection)
    {
        byte[] buffer = new byte[InputSize];
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                while (await ReadAsync(connection, buffer).ConfigureAwait(false) is var count and > 0)
                {
                    await _streams.Input.WriteAsync(buffer.AsMemory(0, count), _stop.Token).ConfigureAwait(false);
                }

                if (!IsTerminal)
                {
                    await _streams.Input.CloseAsync(_stop.Token).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (error is OperationCanceledException or KataException)
            {
                return; // the process reads no more, or is done with
            }
        }
    }

    private async Task CarryOutputAsync(FdStream connection, OutputStream output)
    {
        await using (connection.ConfigureAwait(false))
        {
            bool open = true;
            try
            {
                while (true)
                {
                    using OutputPiece piece = await output.ReadAsync(OutputStream.MaxRead, _stop.Token).ConfigureAwait(false);
                    if (piece.Bytes.IsEmpty)
                    {
                        break;
                    }

                    open = open && await TryWriteAsync(connection, piece).ConfigureAwait(false);
                    if (!open && !IsTerminal)
                    {
                        output.Dispose(); // the process finds its pipe broken; on a terminal it shows what nobody sees
                        break;
                    }
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        _outputEnded();
    }

    // A connection that breaks is one that ends.
    private async ValueTask<int> ReadAsync(FdStream connection, byte[] buffer)
    {
        try
        {
            return await connection.ReadAsync(buffer, _stop.Token).ConfigureAwait(false);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private async ValueTask<bool> TryWriteAsync(FdStream connection, OutputPiece piece)
    {
        try
        {
            await connection.WriteAsync(piece.Bytes.Memory, _stop.Token).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
