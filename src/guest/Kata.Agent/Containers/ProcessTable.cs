using Kata.Agent.Processes;
using Kata.Primitives;

namespace Kata.Agent.Containers;

/// <summary>The processes that were added to a container, by the host's names for them. Safe for concurrent use.</summary>
/// <remarks>A process stays until its end was reported and its output fetched. Of those whose output nobody fetches only the last few are kept.</remarks>
internal sealed class ProcessTable
{
    private const int MaxForgotten = 32;
    private const int MaxProcesses = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, GuestProcess?> _processes = [];
    private readonly Queue<GuestProcess> _reported = new();
    private bool _closed;

    /// <summary>Takes a name for a process that is about to be made.</summary>
    /// <exception cref="KataException">AlreadyExists: the name is taken. ResourceExhausted: too many processes.</exception>
    public void Reserve(string execId)
    {
        lock (_gate)
        {
            if (_processes.Count >= MaxProcesses)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"the container has {MaxProcesses} added processes already");
            }

            if (!_processes.TryAdd(execId, null))
            {
                throw new KataException(ErrorCode.AlreadyExists, $"process {Printable.Escape(execId, 128)} already exists");
            }
        }
    }

    /// <summary>Gives a reserved name its process, or frees it.</summary>
    /// <param name="execId">The reserved name.</param>
    /// <param name="process">The process; null if making it failed.</param>
    /// <returns>False when the table was closed meanwhile: the process is still the caller's.</returns>
    public bool Settle(string execId, GuestProcess? process)
    {
        lock (_gate)
        {
            if (process is null || _closed)
            {
                _processes.Remove(execId);
            }
            else
            {
                _processes[execId] = process;
            }

            return !_closed;
        }
    }

    /// <summary>The process of a name; null if there is none, or not yet.</summary>
    public GuestProcess? Find(string execId)
    {
        lock (_gate)
        {
            return _processes.GetValueOrDefault(execId);
        }
    }

    /// <summary>Takes no more processes.</summary>
    /// <returns>All processes there are, which the caller has to dispose of.</returns>
    public IReadOnlyList<GuestProcess> Close()
    {
        lock (_gate)
        {
            _closed = true;
            var list = new List<GuestProcess>(_processes.Count);
            foreach (GuestProcess? process in _processes.Values)
            {
                if (process is not null)
                {
                    list.Add(process);
                }
            }

            return list;
        }
    }

    /// <summary>The end of a process was reported to the host: it goes once its output has ended, or when it is among too many.</summary>
    public void Reported(GuestProcess process)
    {
        lock (_gate)
        {
            if (!_reported.Contains(process))
            {
                _reported.Enqueue(process);
            }

            ForgetDone();
        }
    }

    /// <summary>Output of a process ended: perhaps that was the last thing to wait for.</summary>
    public void OutputEnded()
    {
        lock (_gate)
        {
            ForgetDone();
        }
    }

    private void ForgetDone()
    {
        for (int i = _reported.Count; i > 0; i--)
        {
            GuestProcess process = _reported.Dequeue();
            if (process.Streams.HaveEnded || i > MaxForgotten)
            {
                _processes.Remove(process.ExecId);
                process.Dispose();
            }
            else
            {
                _reported.Enqueue(process);
            }
        }
    }
}
