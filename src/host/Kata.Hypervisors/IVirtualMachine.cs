using Kata.Primitives;

namespace Kata.Hypervisors;

/// <summary>One virtual machine, from prepared to gone. Members are safe for concurrent use.</summary>
/// <remarks>
/// States: Prepared → Running → Stopped. A call that does not fit the state throws FailedPrecondition; a feature the VMM lacks throws Unsupported.
/// Neither is ever reported as success. Disposing kills the VMM, waits until it and its helpers are gone, and removes the machine's directory.
/// </remarks>
public interface IVirtualMachine : IAsyncDisposable
{
    /// <summary>The id given in <see cref="VmSpec.Id"/>.</summary>
    string Id { get; }

    /// <summary>What this VMM can do; fixed before <see cref="StartAsync"/>.</summary>
    VmCapabilities Capabilities { get; }

    /// <summary>The process id of the VMM.</summary>
    int ProcessId { get; }

    /// <summary>The processes that serve the machine beside the VMM, such as virtiofsd. The machine ends when one of them does.</summary>
    IReadOnlyList<int> HelperProcessIds { get; }

    /// <summary>
    /// Where the agent can be dialled, from <see cref="StartAsync"/> on and before it listens: <c>vsock://CID:1024</c> or <c>virtio-serial://PATH</c>.
    /// </summary>
    string AgentAddress { get; }

    /// <summary>What the guest wrote to its console last.</summary>
    ConsoleTail Console { get; }

    /// <summary>What executes the guest's instructions: <c>kvm</c> or <c>tcg</c>.</summary>
    string Accelerator { get; }

    /// <summary>The time from the start of the VMM until the guest's agent must have answered.</summary>
    TimeSpan BootTimeout { get; }

    /// <summary>Completes once, when the VMM process is gone for whatever reason. Never faults or cancels.</summary>
    Task<VmExit> Exited { get; }

    /// <summary>Boots the guest. Returns when the VMM reports it running; the agent may not listen yet.</summary>
    /// <exception cref="KataException">
    /// DeadlineExceeded: not running within <see cref="BootTimeout"/>; the VMM was killed. Unavailable: the VMM or a helper ended; the message has its
    /// status, its stderr and the last console lines. FailedPrecondition: started before.
    /// </exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Lets the VMM end in order, with disks flushed, then kills it. Returns after the process is reaped; safe to repeat.</summary>
    /// <param name="grace">Time between asking and killing; zero kills at once.</param>
    /// <param name="cancellationToken">Giving up waiting kills at once.</param>
    /// <remarks>The guest is not asked: whoever owns the sandbox tells the agent to shut down first.</remarks>
    Task StopAsync(TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>Why the guest is of no use any more, as one text for an error message: the VMM's end if it ended, its stderr and the last console lines.</summary>
    /// <param name="what">What failed, to start the text with: "the agent did not answer within 90 s".</param>
    string Explain(string what);
}
