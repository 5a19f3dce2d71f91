using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Makes one kind of storage described by the runtime usable in the guest.</summary>
internal interface IStorageHandler
{
    /// <summary>Values of <c>Storage.driver</c> served, as the runtime sends them. No two handlers share one.</summary>
    IReadOnlyList<string> Drivers { get; }

    /// <summary>Makes the storage available at its mount point. A call that fails leaves nothing mounted or created.</summary>
    /// <param name="storage">The request; its mount point was checked.</param>
    /// <param name="containerId">Whose storage it is; null for the sandbox's.</param>
    /// <returns>The owner: disposing it undoes this call, and may be repeated.</returns>
    /// <exception cref="KataException">InvalidArgument: an option is unknown or malformed.</exception>
    /// <exception cref="Kata.Linux.LinuxException">The mount, or setting its owner, failed.</exception>
    GuestMount Mount(StorageRequest storage, string? containerId);
}
