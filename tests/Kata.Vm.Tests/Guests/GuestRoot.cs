namespace Kata.Vm.Tests.Guests;

/// <summary>Where a guest's root file system is.</summary>
public enum GuestRoot
{
    /// <summary>In memory, from an initrd.</summary>
    Memory,

    /// <summary>On the first partition of a disk, <c>/dev/vda1</c>, read-only.</summary>
    Disk,

    /// <summary>There, behind dm-verity with its hashes on the second partition.</summary>
    Verity,

    /// <summary>An overlay whose lower layer is that partition and whose upper one is in memory, made by the image's own init.</summary>
    Overlay,
}
