using Kata.Agent.Guest;
using Kata.Primitives;

namespace Kata.Agent.Tests.Guest;

public sealed class ProcessorsTests : IDisposable
{
    private readonly string _sysfs = Directory.CreateTempSubdirectory("kata-sysfs-").FullName;

    public ProcessorsTests()
    {
        Directory.CreateDirectory($"{_sysfs}/cpu/cpufreq");
        Directory.CreateDirectory($"{_sysfs}/cpu/cpu0");
        foreach (string cpu in (string[])["cpu1", "cpu2"])
        {
            Directory.CreateDirectory($"{_sysfs}/cpu/{cpu}");
            File.WriteAllText($"{_sysfs}/cpu/{cpu}/online", "0\n");
        }

        Directory.CreateDirectory($"{_sysfs}/memory");
        File.WriteAllText($"{_sysfs}/memory/block_size_bytes", "8000000\n");
    }

    public void Dispose() => Directory.Delete(_sysfs, recursive: true);

    [Fact]
    public async Task OnlineAsync_CountIsTheTotal_IsEnoughWhenReached()
    {
        File.WriteAllText($"{_sysfs}/cpu/online", "0-2\n");

        await new Processors(TimeProvider.System, _sysfs).OnlineAsync(3, TestContext.Current.CancellationToken);

        Assert.Equal("1", File.ReadAllText($"{_sysfs}/cpu/cpu1/online").Trim());
        Assert.Equal("1", File.ReadAllText($"{_sysfs}/cpu/cpu2/online").Trim());
    }

    [Fact]
    public async Task OnlineAsync_ProcessorsAppearLate_WaitsForThem()
    {
        File.WriteAllText($"{_sysfs}/cpu/online", "0\n");
        Task online = new Processors(TimeProvider.System, _sysfs).OnlineAsync(4, TestContext.Current.CancellationToken);
        Assert.False(online.IsCompleted);

        File.WriteAllText($"{_sysfs}/cpu/online.new", "0,2-4\n");
        File.Move($"{_sysfs}/cpu/online.new", $"{_sysfs}/cpu/online", overwrite: true);

        await online.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void ProbeMemory_NoInterface_IsUnsupported() =>
        Assert.Equal(ErrorCode.Unsupported, Assert.Throws<KataException>(() => new Processors(TimeProvider.System, _sysfs).ProbeMemory([0x8000000])).Code);

    [Fact]
    public void ProbeMemory_AddressesOfBlocks_AreWrittenInHexadecimal()
    {
        File.WriteAllText($"{_sysfs}/memory/probe", string.Empty);
        var processors = new Processors(TimeProvider.System, _sysfs);

        processors.ProbeMemory([0x18000000]);

        Assert.Equal("0x18000000", File.ReadAllText($"{_sysfs}/memory/probe"));
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => processors.ProbeMemory([])).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => processors.ProbeMemory([0x18000000, 0x18000001])).Code);
    }
}
