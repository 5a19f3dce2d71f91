namespace Kata.Linux.Paths;

/// <summary>The number of a device.</summary>
/// <param name="Major">Which driver.</param>
/// <param name="Minor">Which device of the driver.</param>
public readonly record struct DeviceNumber(uint Major, uint Minor)
{
    /// <summary>The form that mknod(2) takes on Linux: gnu_dev_makedev of the C library.</summary>
    public ulong Encoded =>
        (Minor & 0xFFUL) | ((Major & 0xFFFUL) << 8) | ((ulong)(Minor & 0xFFFFFF00U) << 12) | ((ulong)(Major & 0xFFFFF000U) << 32);

    /// <summary><c>8:1</c>, as sysfs and cgroups write it.</summary>
    public override string ToString() => $"{Major}:{Minor}";
}
