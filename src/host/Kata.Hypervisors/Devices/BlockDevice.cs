namespace Kata.Hypervisors.Devices;

/// <summary>A disk. Its backend is a <see cref="FileBackend"/> with raw contents.</summary>
/// <param name="Id">See <see cref="VmDevice"/>; the guest can read it as the disk's serial number, cut to 20 characters.</param>
/// <param name="ReadOnly">Whether the guest may only read; the file is then opened read-only too.</param>
public sealed record BlockDevice(string Id, bool ReadOnly) : VmDevice(Id);
