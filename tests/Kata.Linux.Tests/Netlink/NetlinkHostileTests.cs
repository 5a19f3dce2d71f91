using System.Buffers.Binary;
using System.Text;
using Kata.Linux.Netlink;
using Kata.Primitives;

namespace Kata.Linux.Tests.Netlink;

public sealed class NetlinkHostileTests
{
    [Theory]
    [InlineData(0U)]
    [InlineData(15U)]
    [InlineData(17U)]
    [InlineData(uint.MaxValue)]
    public void Split_ImpossibleLength_IsRefused(uint length)
    {
        byte[] message = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(message, length);

        Assert.Equal(ErrorCode.Internal, Assert.Throws<KataException>(() => NetlinkReply.Split(message, (_, _, _, _) => true)).Code);
    }

    [Fact]
    public void Attributes_ImpossibleLengths_EndTheWalk()
    {
        Assert.Equal(0, Count([0, 0, 1, 0]));
        Assert.Equal(0, Count([3, 0, 1, 0]));
        Assert.Equal(0, Count([9, 0, 1, 0, 0, 0, 0, 0]));
        Assert.Equal(1, Count([5, 0, 1, 0, 7]));
        Assert.Equal(2, Count([5, 0, 1, 0, 7, 0, 0, 0, 4, 0, 2, 0]));
        Assert.Equal(1, Count([4, 0, 1, 0, 0, 0]));

        static int Count(byte[] bytes)
        {
            var attributes = new NetlinkAttributes(bytes);
            int count = 0;
            while (attributes.MoveNext())
            {
                count++;
            }

            return count;
        }
    }

    [Fact]
    public void Parsers_RandomBytes_NeverThrow()
    {
        var random = new Random(11);
        for (int i = 0; i < 200_000; i++)
        {
            byte[] bytes = new byte[random.Next(80)];
            random.NextBytes(bytes);
            if (bytes.Length > 14 && random.Next(2) == 0)
            {
                bytes[0] = (byte)(random.Next(2) == 0 ? 2 : 10); // a family, and a plausible first attribute
                bytes[12] = (byte)random.Next(20);
                bytes[13] = 0;
            }

            RouteMessages.ParseLink(bytes);
            RouteMessages.ParseAddress(bytes);
            RouteMessages.ParseRoute(bytes);
            RouteMessages.ParseNeighbor(bytes);
            NetlinkReply.ReadErrorText((ushort)random.Next(ushort.MaxValue), bytes);
            UeventSocket.Parse(bytes);
        }
    }

    [Fact]
    public void Split_RandomDatagrams_OnlyThrowOurError()
    {
        var random = new Random(12);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);
            if (bytes.Length >= 4)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)random.Next(12, 40));
            }

            try
            {
                NetlinkReply.Split(bytes, (_, _, _, _) => true);
            }
            catch (KataException)
            {
                // The only way to fail.
            }
        }
    }

    [Fact]
    public void Request_GrownAndNested_HasRightLengths()
    {
        var request = new NetlinkRequest(16, NetlinkRequest.FlagAcknowledge);
        request.Fixed(16);
        request.Attribute(3, new string('x', 500)).Nested(18, info => info.Attribute(1, "dummy"));

        ReadOnlySpan<byte> bytes = request.Finish(9);

        Assert.Equal(bytes.Length, (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes));
        Assert.Equal(16 + 16 + 508 + 4 + 12, bytes.Length);
        Assert.Throws<KataException>(() => request.Attribute(1, new byte[40_000]));
    }

    [Fact]
    public void Uevent_KernelMessage_IsRead()
    {
        byte[] message = Encoding.UTF8.GetBytes("add@/devices/pci0000:00/0000:00:02.0/virtio1/block/vda\0ACTION=add\0SUBSYSTEM=block\0DEVNAME=vda\0broken\0SEQNUM=7\0");

        Uevent uevent = UeventSocket.Parse(message)!;

        Assert.Equal(("add", "/devices/pci0000:00/0000:00:02.0/virtio1/block/vda", "block", "vda"), (uevent.Action, uevent.DevicePath, uevent.Subsystem, uevent.DeviceName));
        Assert.Null(UeventSocket.Parse("libudev\0@"u8));
        Assert.Null(UeventSocket.Parse([]));
    }

    [Fact]
    public async Task UeventSocket_DeviceTriggered_IsReported()
    {
        const string Trigger = "/sys/devices/virtual/mem/null/uevent";
        if (!File.Exists(Trigger))
        {
            Assert.Skip("no sysfs");
        }

        using var socket = new UeventSocket();
        try
        {
            await File.WriteAllTextAsync(Trigger, "change", TestContext.Current.CancellationToken);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            Assert.Skip("sysfs is read-only");
        }

        while (true)
        {
            Uevent uevent = await socket.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            if (uevent.DeviceName == "null" && uevent.Action == "change")
            {
                return;
            }
        }
    }
}
