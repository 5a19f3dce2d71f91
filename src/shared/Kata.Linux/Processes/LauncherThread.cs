using Kata.Linux.Events;
using Kata.Primitives;

namespace Kata.Linux.Processes;

/// <summary>
/// A thread that runs one function after the other and lives until it is disposed. Parent-death signals of processes launched on it follow its life, and it
/// may enter namespaces of its own. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A function on a thread that has changed its namespaces, root or working directory must start no thread: no tasks, no timers, no first use of sockets. Make
/// this object itself on a thread that has not changed them. Results are handed over by another thread, for the same reason: a poller's, on which what awaits them runs.
/// </remarks>
public sealed class LauncherThread : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _work = new();
    private readonly Doorbell _bell = new();
    private readonly TaskCompletionSource _ended = new(); // completed, as results are, where what awaits it may run
    private readonly string _name;
    private bool _closing;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">For debuggers; the kernel shows the first 15 characters.</param>
    public LauncherThread(string name)
    {
        _name = name;
        _ = ReadinessLoop.Shared; // its thread must not be a child of this one
        new Thread(Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Completes when the thread has run what was queued before <see cref="Dispose"/> and ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Runs a function on the thread, after those before it.</summary>
    /// <returns>Its result, or its exception.</returns>
    /// <exception cref="KataException">FailedPrecondition: the thread is ending.</exception>
    public Task<T> RunAsync<T>(Func<T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        var result = new TaskCompletionSource<T>();
        lock (_gate)
        {
            if (_closing)
            {
                throw new KataException(ErrorCode.FailedPrecondition, $"the thread '{_name}' is ending and takes no more work");
            }

            _work.Enqueue(() => Perform(function, result));
        }

        _bell.Ring(); // not under the lock: where there is one processor the thread begins at once, and its first step is to take the lock
        return result.Task;
    }

    /// <summary>Runs an action on the thread, after those before it.</summary>
    /// <exception cref="KataException">FailedPrecondition: the thread is ending.</exception>
    public Task RunAsync(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return RunAsync(() =>
        {
            action();
            return true;
        });
    }

    /// <summary>Lets the thread end after what is queued. Returns at once; may be called on the thread itself, and repeatedly.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
        }

        _bell.Ring();
    }

    private static void Perform<T>(Func<T> function, TaskCompletionSource<T> result)
    {
        try
        {
            T value = function();
            ReadinessLoop.Shared.Post(() => result.TrySetResult(value));
        }
#pragma warning disable CA1031 // Whatever it is belongs to the one who awaits the result.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ReadinessLoop.Shared.Post(() => result.TrySetException(error));
        }
    }

    private void Run()
    {
        while (Next() is { } work)
        {
            work();
        }

        ReadinessLoop.Shared.Post(() => _ended.TrySetResult());
    }

    /// <summary>Waits for work. Null when there will be none.</summary>
    private Action? Next()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_work.TryDequeue(out Action? work))
                {
                    return work;
                }

                if (_closing)
                {
                    return null;
                }
            }

            _bell.Wait();
        }
    }
}
