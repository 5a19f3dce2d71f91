using System.Threading.Channels;
using Kata.Primitives;

namespace Kata.Agent.Sandboxes;

/// <summary>Containers that ran out of memory, waiting for the host to ask. The oldest go when nobody asks.</summary>
internal sealed class OomEvents
{
    private readonly Channel<string> _events =
        Channel.CreateBounded<string>(new BoundedChannelOptions(100) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Notes one.</summary>
    public void Add(string containerId) => _events.Writer.TryWrite(containerId);

    /// <summary>Waits for one.</summary>
    /// <exception cref="KataException">FailedPrecondition: the sandbox is gone.</exception>
    public async Task<string> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _events.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new KataException(ErrorCode.FailedPrecondition, "the sandbox was destroyed");
        }
    }

    /// <summary>Ends all waits.</summary>
    public void Close() => _events.Writer.TryComplete();
}
