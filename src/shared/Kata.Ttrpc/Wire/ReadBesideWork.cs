using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Kata.Ttrpc.Wire;

/// <summary>
/// Awaits a read and runs other code meanwhile on the thread that started it. The loop goes on wherever the read completes, so that code may even
/// block without holding it up; and a single call needs no hop to another thread, which is most of its latency.
/// </summary>
internal readonly struct ReadBesideWork(ValueTask<int> read, IFrameWork? work, FrameSender sender) : ICriticalNotifyCompletion
{
    private readonly ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _read = read.ConfigureAwait(false).GetAwaiter();

    public bool IsCompleted
    {
        get
        {
            if (!_read.IsCompleted)
            {
                return false;
            }

            // There is more to receive at once; the work cannot have this thread.
            if (work is not null)
            {
                sender.Queue(work);
            }

            return true;
        }
    }

    public ReadBesideWork GetAwaiter() => this;

    [SuppressMessage("Usage", "VSTHRD002", Justification = "Called by the compiler's await, once the read has completed.")]
    public int GetResult() => _read.GetResult();

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        _read.UnsafeOnCompleted(continuation);
        work?.Run();
    }
}
