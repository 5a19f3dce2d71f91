namespace Kata.Agent.Devices;

/// <summary>A PCI device at one address as containers use it: bound to vfio-pci for the first, given back after the last.</summary>
internal sealed class VfioClaim : IDisposable
{
    /// <summary>Held while the device changes its driver.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>How many containers have it; changed by whoever holds the gate.</summary>
    public int Users { get; set; }

    /// <inheritdoc/>
    public void Dispose() => Gate.Dispose();
}
