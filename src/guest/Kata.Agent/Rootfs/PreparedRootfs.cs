using Kata.Agent.Processes;
using Kata.Linux.Namespaces;
using Kata.Linux.Paths;

namespace Kata.Agent.Rootfs;

/// <summary>A container's root file system, mounted in a namespace of its own, and what was learned while making it.</summary>
/// <param name="Namespace">The mount namespace; the container's namespaces take it over.</param>
/// <param name="Network">A network namespace that was made for it, likewise.</param>
/// <param name="Root">The container's root, for later lookups.</param>
/// <param name="ForInit">What is left to the first process.</param>
/// <param name="Details">What the first process needs.</param>
/// <param name="Terminal">The first process's terminal, if it is to have one.</param>
internal sealed record PreparedRootfs(
    NamespaceFd Namespace, NamespaceFd? Network, ConfinedDirectory Root, InitMounts ForInit, ProcessDetails Details, TerminalPair? Terminal) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Terminal?.Dispose();
        ForInit.Dispose();
        Root.Dispose();
    }
}
