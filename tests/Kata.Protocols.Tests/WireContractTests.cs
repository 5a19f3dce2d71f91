using System.Runtime.CompilerServices;
using Google.Protobuf.Reflection;

namespace Kata.Protocols.Tests;

/// <summary>
/// wire-contract.txt is what other implementations of these protocols rely on. It only grows: a line that changes or
/// goes breaks somebody. KATA_UPDATE_GOLDEN=1 rewrites it, for review, after an addition.
/// </summary>
public sealed class WireContractTests
{
    private static readonly FileDescriptor[] Files =
    [
        Agent.AgentReflection.Descriptor,
        Agent.CsiReflection.Descriptor,
        Agent.HealthReflection.Descriptor,
        Oci.OciReflection.Descriptor,
        Types.TypesReflection.Descriptor,
        Task.TaskReflection.Descriptor,
        ContainerdTypes.MountReflection.Descriptor,
        ContainerdTypes.MetricReflection.Descriptor,
        ContainerdTypes.TaskReflection.Descriptor,
        Events.TaskReflection.Descriptor,
        Events.EventsReflection.Descriptor,
        CgroupsV1.MetricsReflection.Descriptor,
        CgroupsV2.MetricsReflection.Descriptor,
        RuntimeOptions.OptionsReflection.Descriptor,
    ];

    [Fact]
    public void Descriptors_Compiled_MatchTheGoldenFile()
    {
        string golden = GoldenPath();
        string actual = DescriptorListing.Describe(Files);
        if (Environment.GetEnvironmentVariable("KATA_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, actual);
        }

        Assert.Equal(File.ReadAllText(golden), actual);
    }

    [Fact]
    public void Descriptors_Listed_CoverEveryProtoFile()
    {
        string protos = Path.Combine(Path.GetDirectoryName(GoldenPath())!, "../../src/shared/Kata.Protocols/protos");

        string[] onDisk = [.. Directory.GetFiles(protos, "*.proto", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(protos, p)).Order(StringComparer.Ordinal)];

        Assert.Equal(onDisk, Files.Select(f => f.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("grpc.AgentService", 44)]
    [InlineData("grpc.Health", 2)]
    [InlineData("containerd.task.v2.Task", 17)]
    [InlineData("containerd.services.events.ttrpc.v1.Events", 1)]
    public void Services_OnTheWire_HaveUpstreamNamesAndAllMethods(string name, int methods)
    {
        ServiceDescriptor service = Assert.Single(Files.SelectMany(f => f.Services), s => s.FullName == name);

        Assert.Equal(methods, service.Methods.Count);
    }

    private static string GoldenPath([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "wire-contract.txt");
}
