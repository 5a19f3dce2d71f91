namespace Kata.Hypervisors.Devices;

/// <summary>A source of random numbers. Its backend, a <see cref="FileBackend"/>, is where the VMM reads them: <c>/dev/urandom</c>.</summary>
/// <param name="Id">See <see cref="VmDevice"/>.</param>
public sealed record EntropyDevice(string Id) : VmDevice(Id);
