namespace Kata.Hypervisors.Devices;

/// <summary>A device as the guest sees it, whatever serves it on the host.</summary>
/// <param name="Id">Names the device within its machine: 1 to 31 letters, digits, '.', '_' or '-', starting with a letter.</param>
public abstract record VmDevice(string Id);
