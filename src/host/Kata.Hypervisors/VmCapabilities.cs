namespace Kata.Hypervisors;

/// <summary>What a machine can do beyond booting.</summary>
[Flags]
public enum VmCapabilities
{
    /// <summary>Nothing else.</summary>
    None = 0,

    /// <summary>Host directories can be shared with the guest.</summary>
    SharedDirectories = 1,

    /// <summary>Disks can be given at boot.</summary>
    BlockDevices = 2,

    /// <summary>Disks can be added to a running machine.</summary>
    BlockHotplug = 4,

    /// <summary>Network interfaces can be given at boot.</summary>
    NetworkDevices = 8,

    /// <summary>Network interfaces can be added to a running machine.</summary>
    NetworkHotplug = 16,

    /// <summary>Network interfaces may have several queues.</summary>
    MultiQueue = 32,

    /// <summary>The number of processors can be raised while running.</summary>
    CpuHotplug = 64,

    /// <summary>Memory can be added while running.</summary>
    MemoryHotplug = 128,
}
