using System.Collections.Concurrent;
using System.Text;

namespace Kata.Testing.Agents;

/// <summary>A process in the fake guest: the test is its program.</summary>
public sealed class FakeProcess
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<uint> _signals = new();

    internal FakeProcess(string containerId, string execId)
    {
        ContainerId = containerId;
        ExecId = execId;
    }

    /// <summary>The container it runs in.</summary>
    public string ContainerId { get; }

    /// <summary>Empty for the container's first process.</summary>
    public string ExecId { get; }

    /// <summary>Completes when the runtime has started it.</summary>
    public Task Started => _started.Task;

    /// <summary>Its exit status, once it has one.</summary>
    public Task<int> Exited => _exit.Task;

    /// <summary>What the runtime wrote to its standard input.</summary>
    public FakePipe Stdin { get; } = new();

    /// <summary>What the runtime reads as its standard output.</summary>
    public FakePipe Stdout { get; } = new();

    /// <summary>What the runtime reads as its standard error.</summary>
    public FakePipe Stderr { get; } = new();

    /// <summary>The signals received, in order.</summary>
    public IReadOnlyCollection<uint> Signals => _signals;

    /// <summary>Whether SIGKILL and SIGTERM end it with 128 plus their number; true unless the test says otherwise.</summary>
    public bool DiesOfSignals { get; set; } = true;

    /// <summary>The last terminal size set: rows and columns.</summary>
    public (uint Rows, uint Columns)? TerminalSize { get; internal set; }

    /// <summary>Writes text to standard output.</summary>
    public void WriteLine(string line) => Stdout.Write(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Ends the process and closes its output.</summary>
    public void Exit(int status)
    {
        Stdout.Close();
        Stderr.Close();
        _exit.TrySetResult(status);
    }

    internal void Start() => _started.TrySetResult();

    internal void Signal(uint signal)
    {
        _signals.Enqueue(signal);
        if (DiesOfSignals && signal is (9 or 15))
        {
            Exit(128 + (int)signal);
        }
    }
}
