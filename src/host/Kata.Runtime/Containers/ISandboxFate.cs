namespace Kata.Runtime.Containers;

/// <summary>What a container or process knows of the VM around it.</summary>
internal interface ISandboxFate
{
    /// <summary>Process id of the VMM; 0 before it started.</summary>
    int VmmPid { get; }

    /// <summary>The exit status to report for a process that can no longer be asked; never 0.</summary>
    Task<int> StatusAfterLossAsync();
}
