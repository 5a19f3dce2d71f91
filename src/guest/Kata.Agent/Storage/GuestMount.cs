using Kata.Primitives;

namespace Kata.Agent.Storage;

/// <summary>Owns what one storage put into the guest: the steps that take it away again, run in reverse order. One thread at a time.</summary>
internal sealed class GuestMount(string mountPoint) : IDisposable
{
    private readonly Stack<Action> _undo = new();

    /// <summary>Where it is.</summary>
    public string MountPoint { get; } = mountPoint;

    /// <summary>Makes one. When making it fails, what was done until then is undone.</summary>
    /// <param name="mountPoint">Where.</param>
    /// <param name="make">Does it, and owns each step.</param>
    public static GuestMount Make(string mountPoint, Action<GuestMount> make)
    {
        var mount = new GuestMount(mountPoint);
        try
        {
            make(mount);
            return mount;
        }
        catch (Exception cause)
        {
            mount.DisposeAfter(cause);
            throw;
        }
    }

    /// <summary>Adds a step that undoes what was just done.</summary>
    public void Own(Action undo) => _undo.Push(undo);

    /// <summary>Undoes everything, and does not stop at a step that fails. Safe to repeat.</summary>
    /// <exception cref="Kata.Linux.LinuxException">The first failure.</exception>
    public void Dispose()
    {
        Exception? failure = null;
        while (_undo.TryPop(out Action? step))
        {
            try
            {
                step();
            }
#pragma warning disable CA1031 // The steps after it must run; the failure is thrown below.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failure ??= error;
            }
        }

        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void DisposeAfter(Exception cause)
    {
        try
        {
            Dispose();
        }
        catch (KataException error)
        {
            throw new KataException(ErrorCode.Internal, $"{cause.Message}; and what was done before could not be undone: {error.Message}", cause);
        }
    }
}
