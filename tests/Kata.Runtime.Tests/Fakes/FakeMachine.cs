using Kata.Hypervisors;
using Kata.Linux.Processes;

namespace Kata.Runtime.Tests.Fakes;

/// <summary>A VM without a VMM: it runs until the test or its owner ends it.</summary>
public sealed class FakeMachine(string id, string agentAddress) : IVirtualMachine
{
    private readonly TaskCompletionSource<VmExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id => id;

    public VmCapabilities Capabilities => VmCapabilities.SharedDirectories;

    // No process has this id, so whoever moves or signals the VMM hits nobody.
    public int ProcessId => int.MaxValue;

    public IReadOnlyList<int> HelperProcessIds => [];

    public string AgentAddress => agentAddress;

    public ConsoleTail Console { get; } = new();

    public string Accelerator => "fake";

    public TimeSpan BootTimeout => TimeSpan.FromSeconds(10);

    public Task<VmExit> Exited => _exited.Task;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        End("stopped", requested: true);
        return Task.CompletedTask;
    }

    public string Explain(string what) => what;

    /// <summary>Ends the VM as a crash of its VMM would.</summary>
    public void Crash() => End("the VMM was killed by signal 9", requested: false);

    public ValueTask DisposeAsync()
    {
        End("disposed", requested: true);
        return ValueTask.CompletedTask;
    }

    private void End(string reason, bool requested) =>
        _exited.TrySetResult(new VmExit { Status = new ExitStatus(9), Stderr = string.Empty, Reason = reason, Requested = requested });
}
