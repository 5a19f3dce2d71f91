using Kata.Linux.Namespaces;
using Kata.Linux.Processes;

namespace Kata.Agent.Containers;

/// <summary>
/// Threads that work in other namespaces and come back to the agent's afterwards. To make a thread costs a guest with one processor milliseconds, so one that
/// came back is kept for the next. Safe for concurrent use.
/// </summary>
internal sealed class SetupThreads : IDisposable
{
    private const CloneFlags Changed = CloneFlags.NewNs | CloneFlags.NewIpc | CloneFlags.NewUts | CloneFlags.NewNet;

    private readonly Lock _gate = new();
    private readonly PidFd _agent = PidFd.Open(Environment.ProcessId);
    private LauncherThread? _idle;
    private bool _disposed;

    /// <summary>Runs a function on a thread that nothing else uses meanwhile, and that begins in the agent's namespaces.</summary>
    /// <param name="function">May enter or make mount, IPC, host name and network namespaces, and no others.</param>
    /// <returns>Its result, or its exception.</returns>
    public async Task<T> RunAsync<T>(Func<T> function)
    {
        LauncherThread thread = Take() ?? new LauncherThread("agent-setup");
        bool cameBack = false;
        try
        {
            return await thread.RunAsync(() =>
            {
                T result = function();
                cameBack = ThreadNamespaces.TryEnter(_agent, Changed);
                return result;
            }).ConfigureAwait(false);
        }
        finally
        {
            // One that is somewhere else, for whatever reason, must never be used again.
            if (!cameBack || !TryKeep(thread))
            {
                thread.Dispose();
            }
        }
    }

    /// <summary>Lets the kept thread end.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _idle?.Dispose();
            _idle = null;
            _agent.Dispose();
        }
    }

    private LauncherThread? Take()
    {
        lock (_gate)
        {
            LauncherThread? thread = _idle;
            _idle = null;
            return thread;
        }
    }

    private bool TryKeep(LauncherThread thread)
    {
        lock (_gate)
        {
            if (_disposed || _idle is not null)
            {
                return false;
            }

            _idle = thread;
            return true;
        }
    }
}
