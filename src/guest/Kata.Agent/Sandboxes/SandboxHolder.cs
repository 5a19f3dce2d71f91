using Kata.Agent.Serving;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Sandboxes;

/// <summary>The agent's one sandbox, or none. Safe for concurrent use.</summary>
internal sealed class SandboxHolder(AgentEnvironment environment) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly TaskCompletionSource _destroyed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Sandbox? _sandbox;

    /// <summary>Completes when the sandbox was destroyed: the agent's work is done.</summary>
    public Task Destroyed => _destroyed.Task;

    /// <summary>Capacity of output pipes in bytes; 0 for the kernel's default.</summary>
    public int PipeSize => environment.Options.ContainerPipeSize;

    /// <summary>Connections that become standard streams.</summary>
    public StreamPorts StreamPorts => environment.StreamPorts;

    /// <summary>The sandbox.</summary>
    /// <exception cref="KataException">FailedPrecondition: there is none.</exception>
    public Sandbox Require() => _sandbox ?? throw new KataException(ErrorCode.FailedPrecondition, "there is no sandbox: create one first");

    /// <summary>Makes the sandbox.</summary>
    /// <exception cref="KataException">AlreadyExists: there is one.</exception>
    public async Task CreateAsync(CreateSandboxRequest request, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_sandbox is not null || Destroyed.IsCompleted)
            {
                throw new KataException(ErrorCode.AlreadyExists, "the sandbox was created before");
            }

            _sandbox = await Sandbox.CreateAsync(request, environment, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the sandbox with everything in it. Repeated while the agent ends, it does nothing.</summary>
    /// <exception cref="KataException">FailedPrecondition: there was none yet.</exception>
    public async Task DestroyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Destroyed.IsCompleted)
        {
            return; // by another call, after which the agent ends and cancels those that still wait
        }

        try
        {
            if (Destroyed.IsCompleted)
            {
                return;
            }

            Sandbox sandbox = Require();
            await sandbox.DestroyAsync(cancellationToken).ConfigureAwait(false);
            _sandbox = null;
            _destroyed.TrySetResult();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}
