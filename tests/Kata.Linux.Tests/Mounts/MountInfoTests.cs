using System.Text;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Tests.Mounts;

public sealed class MountInfoTests
{
    [Fact]
    public void Parse_AllFields_AreRead()
    {
        const string Line = """36 35 98:0 /mnt1 /mnt\0402\134x rw,noatime master:1 shared:77 unbindable - ext3 /dev/ro\011ot rw,errors=continue""";

        MountEntry entry = Assert.Single(Parse(Line));

        Assert.Equal(
            new MountEntry
            {
                Id = 36,
                ParentId = 35,
                Device = new DeviceNumber(98, 0),
                Root = "/mnt1",
                MountPoint = @"/mnt 2\x",
                Options = "rw,noatime",
                MasterGroup = 1,
                SharedGroup = 77,
                Unbindable = true,
                FileSystemType = "ext3",
                Source = "/dev/ro\tot",
                SuperOptions = "rw,errors=continue",
            },
            entry);
    }

    [Theory]
    [InlineData("1 2 3:4 / / rw - ext4 x")]
    [InlineData("1 2 3:4 / / rw")]
    [InlineData("1 2 34 / / rw - ext4 x rw")]
    [InlineData("x 2 3:4 / / rw - ext4 x rw")]
    [InlineData("-1 2 3:4 / / rw - ext4 x rw")]
    [InlineData("1 99999999999 3:4 / / rw - ext4 x rw")]
    [InlineData(" ")]
    [InlineData("- - - - - - - - -")]
    public void Parse_MalformedLine_IsInvalid(string line) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Parse(line)).Code);

    [Fact]
    public void Parse_EndlessLines_AreBounded()
    {
        string line = "1 2 3:4 / / rw - ext4 x rw\n";
        byte[] content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 200_001)));

        Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<KataException>(() => MountInfo.Parse(content)).Code);
    }

    [Fact]
    public void Parse_RandomDamage_NeverThrowsAnythingElse()
    {
        var random = new Random(20261123);
        byte[] good = File.ReadAllBytes("/proc/self/mountinfo");
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = [.. good];
            for (int n = random.Next(1, 20); n > 0; n--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                MountInfo.Parse(damaged.AsSpan(0, random.Next(damaged.Length)));
            }
            catch (KataException)
            {
                // The only way to fail.
            }
        }
    }

    [Fact]
    public void Read_OfThisProcess_HasARoot() =>
        Assert.Contains(MountInfo.Read(Environment.ProcessId), entry => entry.MountPoint == "/");

    private static IReadOnlyList<MountEntry> Parse(string text) => MountInfo.Parse(Encoding.UTF8.GetBytes(text));
}
