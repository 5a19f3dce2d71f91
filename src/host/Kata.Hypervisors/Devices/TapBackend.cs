using Kata.Linux;

namespace Kata.Hypervisors.Devices;

/// <summary>An open tap or macvtap interface.</summary>
/// <param name="Queues">One descriptor per queue, owned by the caller, who may close them once the machine is prepared.</param>
public sealed record TapBackend(IReadOnlyList<Fd> Queues) : DeviceBackend;
