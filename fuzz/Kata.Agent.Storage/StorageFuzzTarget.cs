using System.Text;
using Kata.Agent.Devices;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Microsoft.Extensions.Logging.Abstractions;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage.Fuzz;

/// <summary>Any bytes as the fields of a storage and of a device: the request is accepted or refused with a KataException, and nothing is changed.</summary>
public static class StorageFuzzTarget
{
    private static readonly GuestDevices Devices = new(new Sysfs("/nonexistent", _ => null), TimeSpan.FromMilliseconds(1), TimeProvider.System);
    private static readonly StorageTable Table = new(StorageHandlers.Create(Devices, NullLogger.Instance));

    /// <summary>Runs once.</summary>
    /// <param name="data">Fields separated by line breaks: driver or type, source or id, file system type, mount point or path in the container, options.</param>
    public static void Run(ReadOnlySpan<byte> data)
    {
        string[] fields = Encoding.UTF8.GetString(data).Split('\n');
        string Field(int index) => index < fields.Length ? fields[index] : string.Empty;

        var storage = new StorageRequest { Driver = Field(0), Source = Field(1), Fstype = Field(2), MountPoint = Field(3), Options = { fields.Skip(4) } };
        Try(() => Table.Validate([storage], "c1"));
        Try(() => Table.Validate([storage], containerId: null));
        var spec = new Spec
        {
            Process = new Process(),
            Linux = new Kata.Protocols.Oci.Linux { Devices = { new LinuxDevice { Path = Field(3), Type = "b" }, new LinuxDevice { Path = Field(3) + "c", Type = "c" } } },
        };
        var device = new Device { Type = Field(0), Id = Field(1), VmPath = Field(2), ContainerPath = Field(3), Options = { fields.Skip(4) } };
        Try(() => _ = new DevicePlan([device], spec, Devices));
        Try(() => _ = PciPath.Parse(Field(1)));
        Try(() => _ = HugePageSize.Parse(Field(1), "size"));
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (KataException error) when (error.Code is ErrorCode.InvalidArgument or ErrorCode.Unsupported)
        {
            // Refused, as it should be.
            return;
        }
    }
}
