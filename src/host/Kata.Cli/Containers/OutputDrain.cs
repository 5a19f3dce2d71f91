namespace Kata.Cli.Containers;

/// <summary>
/// Tells a guest that says nothing more from a reader of ours that reads slowly. A pager may leave a page for an hour; a guest that has output of a program
/// that is gone gives it at once. Safe for concurrent use.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class OutputDrain(TimeProvider time)
{
    /// <summary>How long the guest may say nothing.</summary>
    public static readonly TimeSpan GuestIdle = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private int _writing;
    private int _written;

    /// <summary>Writes a piece, for as long as its reader wants.</summary>
    /// <exception cref="Exception">Whatever the action throws.</exception>
    public void Write(Action write)
    {
        Interlocked.Increment(ref _writing);
        try
        {
            write();
        }
        finally
        {
            Interlocked.Increment(ref _written);
            Interlocked.Decrement(ref _writing);
        }
    }

    /// <summary>Waits until all output is written, or nothing has come for <see cref="GuestIdle"/> while none was being written.</summary>
    /// <param name="output">Completes when it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it is.</returns>
    /// <exception cref="Exception">Whatever <paramref name="output"/> fails with.</exception>
    public async Task<bool> WaitAsync(Task output, CancellationToken cancellationToken)
    {
        for (TimeSpan idle = TimeSpan.Zero; idle < GuestIdle;)
        {
            int before = Volatile.Read(ref _written);
            try
            {
                await output.WaitAsync(Look, time, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (TimeoutException) when (!output.IsCompleted)
            {
                idle = Volatile.Read(ref _writing) > 0 || Volatile.Read(ref _written) != before ? TimeSpan.Zero : idle + Look;
            }
        }

        return false;
    }
}
