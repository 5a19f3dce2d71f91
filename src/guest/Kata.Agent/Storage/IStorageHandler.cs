using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Makes one kind of storage described by the runtime usable in the guest.</summary>
internal interface IStorageHandler
{
    /// <summary>Values of <c>Storage.driver</c> served, as the runtime sends them. No two handlers share one.</summary>
    IReadOnlyList<string> Drivers { get; }

    /// <summary>Checks a request completely. Changes nothing.</summary>
    /// <param name="storage">The request; its mount point was checked.</param>
    /// <param name="containerId">Whose storage it is; null for the sandbox's.</param>
    /// <returns>What makes the storage available at its mount point.</returns>
    /// <exception cref="KataException">InvalidArgument: the request or an option is wrong. Unsupported: it asks for what the guest cannot do.</exception>
    MakeStorage Plan(StorageRequest storage, string? containerId);
}
