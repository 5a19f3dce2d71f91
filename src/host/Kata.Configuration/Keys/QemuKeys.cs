namespace Kata.Configuration.Keys;

/// <summary>The groups are files of their own because the table is the longest by far.</summary>
internal static class QemuKeys
{
    internal static KeyTable Table { get; } = new(KeyCatalog.Qemu, "VMs run by QEMU.",
    [
        QemuMachineKeys.Machine,
        QemuMachineKeys.Assets,
        QemuMachineKeys.Processors,
        QemuMachineKeys.Memory,
        QemuDeviceKeys.SharedFiles,
        QemuDeviceKeys.Block,
        QemuDeviceKeys.Network,
        QemuDeviceKeys.Pci,
        QemuDeviceKeys.VhostUser,
        QemuSecurityKeys.Confinement,
        QemuSecurityKeys.Confidential,
        QemuSecurityKeys.Debugging,
        QemuSecurityKeys.Annotations,
    ]);
}
