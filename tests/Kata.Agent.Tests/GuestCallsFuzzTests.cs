using Google.Protobuf;
using Kata.Agent.Fuzz;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;
using Kata.Testing.Fuzzing;

namespace Kata.Agent.Tests;

/// <summary>Runs the fuzz target over requests of every kind and over damaged copies of them, the same ones every time.</summary>
public sealed class GuestCallsFuzzTests
{
    private static readonly string[] Pieces = ["/", "..", ":", "0", "9", "%", "[", "]", "=", "\"", "\n", "\0"];

    [Fact]
    public void Run_RequestsAndMutants_NeverFailsOtherwise() =>
        FuzzRun.Over([.. Seeds()], GuestCallsFuzzTarget.Run, new FuzzOptions { MutantsPerSeed = 3000, Pieces = Pieces });

    private static IEnumerable<byte[]> Seeds()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Corpus")))
        {
            yield return File.ReadAllBytes(file);
        }

        var link = new Interface { Name = "eth0", HwAddr = "02:00:00:00:00:01", Mtu = 1500, DevicePath = "02/01.3" };
        link.IPAddresses.Add(new Kata.Protocols.Types.IPAddress { Address = "fd00::1", Mask = "64", Family = IPFamily.V6 });
        yield return new UpdateInterfaceRequest { Interface = link }.ToByteArray();
        var route = new Route { Dest = "10.0.0.0/8", Gateway = "10.1.1.1", Device = "eth0", Source = "10.1.1.2/32", Scope = 253, Mtu = 1400, Flags = 4 };
        yield return new UpdateRoutesRequest { Routes = new Routes { Routes_ = { route, new Route { Gateway = "fd00::1", Family = IPFamily.V6 } } } }.ToByteArray();
        var neighbor = new ARPNeighbor { ToIPAddress = new() { Address = "10.1.1.1" }, Device = "eth0", Lladdr = "02:00:00:00:00:01", State = 0x80 };
        yield return new AddARPNeighborsRequest { Neighbors = new ARPNeighbors { ARPNeighbors_ = { neighbor } } }.ToByteArray();
        yield return new CopyFileRequest
        {
            Path = "/run/kata-containers/shared/containers/a/b",
            FileSize = 5,
            FileMode = 0x81A4,
            DirMode = 0x1ED,
            Uid = 1,
            Gid = 2,
            Offset = 1,
            Data = ByteString.CopyFromUtf8("data"),
        }.ToByteArray();
        yield return new CreateSandboxRequest { KernelModules = { new KernelModule { Name = "i915", Parameters = { "a=b" } } } }.ToByteArray();
    }
}
