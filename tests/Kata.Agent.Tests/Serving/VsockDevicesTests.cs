using Kata.Agent.Serving;

namespace Kata.Agent.Tests.Serving;

public sealed class VsockDevicesTests : IDisposable
{
    private readonly TemporaryDirectory _bus = new();

    public void Dispose() => _bus.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(false, "0x0003", "0x001a")]
    [InlineData(true, "0x0013")]
    [InlineData(true, "0x0003", "0x001a", "0x0013")]
    public void Any_DevicesOnTheBus_FindsVsock(bool expected, params string[] types)
    {
        for (int i = 0; i < types.Length; i++)
        {
            string device = Directory.CreateDirectory(Path.Combine(_bus.Path, $"virtio{i}")).FullName;
            File.WriteAllText(Path.Combine(device, "device"), types[i] + "\n");
        }

        Assert.Equal(expected, VsockDevices.Any(_bus.Path));
    }
}
