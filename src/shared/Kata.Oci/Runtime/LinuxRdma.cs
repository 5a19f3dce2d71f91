namespace Kata.Oci.Runtime;

/// <summary>Limits of one RDMA device.</summary>
public sealed record LinuxRdma
{
    /// <summary>How many handles.</summary>
    public uint? HcaHandles { get; init; }

    /// <summary>How many objects.</summary>
    public uint? HcaObjects { get; init; }
}
