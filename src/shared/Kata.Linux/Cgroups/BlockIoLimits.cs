namespace Kata.Linux.Cgroups;

/// <summary>Limits of disk traffic.</summary>
public sealed record BlockIoLimits
{
    /// <summary>Weight against other groups, 10 to 1000; 0 stays as it is.</summary>
    public ushort? Weight { get; init; }

    /// <summary>Weight against child groups (v1); 0 stays as it is.</summary>
    public ushort? LeafWeight { get; init; }

    /// <summary>Weights per device.</summary>
    public IReadOnlyList<DeviceWeight> DeviceWeights { get; init; } = [];

    /// <summary>Bytes read per second, per device.</summary>
    public IReadOnlyList<DeviceRate> ReadBytes { get; init; } = [];

    /// <summary>Bytes written per second, per device.</summary>
    public IReadOnlyList<DeviceRate> WriteBytes { get; init; } = [];

    /// <summary>Reads per second, per device.</summary>
    public IReadOnlyList<DeviceRate> ReadOperations { get; init; } = [];

    /// <summary>Writes per second, per device.</summary>
    public IReadOnlyList<DeviceRate> WriteOperations { get; init; } = [];
}
