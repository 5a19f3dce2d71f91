using System.Globalization;
using System.Security.Cryptography;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Vm.Tests.Guests;

/// <summary>Output that moves from the process's pipe to the port without passing the agent's memory.</summary>
public sealed class LargeOutputTests(LargeOutputTests.Guest guest) : IClassFixture<LargeOutputTests.Guest>
{
    private const string Make = "dd if=/dev/urandom of=/big bs=1M count=24 2>/dev/null && sha256sum /big >&2 && ";
    private const int Size = 24 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Output_OfTwoAtOnceBesideOtherCalls_ArrivesWhole()
    {
        Task<(byte[] Output, string Error)>[] both = [RunAsync("large1", Make + "cat /big"), RunAsync("large2", Make.Replace("big", "big2", StringComparison.Ordinal) + "cat /big2")];
        while (!Task.WhenAll(both).IsCompleted)
        {
            await Vm.Health.CheckAsync(new CheckRequest(), cancellationToken: Token);
        }

        foreach ((byte[] output, string error) in await Task.WhenAll(both))
        {
            Assert.Equal(Size, output.Length);
            Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(output)), error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Output_ContainerTakesItsOwnOutputBack_StreamStaysWhole()
    {
        // What the thief gets the host does not; frames and the rest are as ever. It is killed with one block in hand, at most.
        (byte[] output, string error) = await RunAsync("thief", Make + "{ dd if=/proc/self/fd/1 of=/stolen bs=4k 2>/dev/null & }; cat /big; kill -9 $!; wait; wc -c </stolen >&2");

        int stolen = int.Parse(error.Split('\n')[1], CultureInfo.InvariantCulture);
        Assert.InRange(output.Length + stolen, Size - 4096, Size);
        await Vm.Health.CheckAsync(new CheckRequest(), cancellationToken: Token);
    }

    [Fact]
    public async Task Output_OfAContainerWithLittleMemory_LeavesThatToItsProcesses()
    {
        // Pipes count as memory of those who write.
        (byte[] output, _) = await RunAsync("little", "exec dd if=/dev/zero bs=64k count=400", memory: 2 << 20);

        Assert.Equal(400 << 16, output.Length);
    }

    private async Task<(byte[] Output, string Error)> RunAsync(string id, string script, long memory = 0)
    {
        Spec spec = Vm.Containers.NewSpec(id, "sh", "-c", script);
        if (memory > 0)
        {
            spec.Linux.Resources = new LinuxResources { Memory = new LinuxMemory { Limit = memory } };
        }

        await Vm.Containers.StartAsync(new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec });
        Task<string> error = Vm.Containers.ReadToEndAsync(id, error: true);
        using var all = new MemoryStream();
        while (true)
        {
            // As much as the shim asks for once a process writes much.
            ReadStreamResponse piece = await Vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = id, Len = (2 << 20) - 4096 }, cancellationToken: Token);
            if (piece.Data.IsEmpty)
            {
                break;
            }

            piece.Data.WriteTo(all);
        }

        string errors = await error;
        await Vm.Containers.RemoveAsync(id);
        return (all.ToArray(), errors);
    }

    public sealed class Guest : IAsyncLifetime
    {
        public AgentVm Vm { get; } = new();

        public async ValueTask InitializeAsync() => await Vm.BootAsync();

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
