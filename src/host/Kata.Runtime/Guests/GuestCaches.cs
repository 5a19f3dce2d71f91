using Kata.Configuration;
using Kata.Protocols.Agent;

namespace Kata.Runtime.Guests;

/// <summary>
/// Tells whether a guest may hold data the host has not got when all its first processes have ended: then it must be shut down rather than switched off.
/// </summary>
/// <remarks>
/// virtio-fs and 9p write through. What a process wrote into a shared file is on the host when the write returns, or when the process has ended if it wrote
/// through a mapping; its pid namespace ends with a container's first process. Anything else counts as kept back.
/// </remarks>
internal static class GuestCaches
{
    /// <summary>Whether a guest of this configuration may: its shared directory is written back later, or it has hooks that run after a container's end.</summary>
    public static bool MayKeepBack(QemuConfiguration machine) => MayKeepBack(machine.SharedFiles) || machine.GuestHookPath is { Length: > 0 };

    /// <summary>Whether the shared directory is one the guest may write back later.</summary>
    public static bool MayKeepBack(SharedFilesConfiguration files) =>
        files.Kind == SharedFileSystem.VirtioFs && files.VirtioFsExtraArguments.Any(argument => argument.Contains("writeback", StringComparison.Ordinal));

    /// <summary>Whether a container gets something the guest may write back later, processes that outlive its first one, or hooks that run after its end.</summary>
    public static bool MayKeepBack(CreateContainerRequest request) =>
        request.SandboxPidns || request.Devices.Count > 0 || request.Storages.Any(MayKeepBack) || request.SharedMounts.Count > 0 || request.OCI?.Hooks is not null;

    /// <summary>Whether a storage is one the guest may write back later.</summary>
    public static bool MayKeepBack(Protocols.Agent.Storage storage) => storage.Driver is not ("virtio-fs" or "9p" or "ephemeral" or "local");
}
