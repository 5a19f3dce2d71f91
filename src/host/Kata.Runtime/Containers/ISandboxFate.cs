namespace Kata.Runtime.Containers;

/// <summary>Tells a process whose agent stopped answering what became of the VM around it.</summary>
internal interface ISandboxFate
{
    /// <summary>The exit status to report for a process that can no longer be asked; never 0.</summary>
    Task<int> StatusAfterLossAsync();
}
