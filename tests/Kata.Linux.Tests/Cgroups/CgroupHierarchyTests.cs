using System.Text;
using Kata.Linux.Cgroups;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Tests.Cgroups;

public sealed class CgroupHierarchyTests
{
    [Fact]
    public void Detect_Hybrid_IsV1WithAUnifiedDirectory()
    {
        CgroupHierarchy found = Detect(
            "1 0 0:1 / /sys/fs/cgroup ro - tmpfs tmpfs rw",
            "2 1 0:2 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
            "3 1 0:3 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd",
            "4 1 0:4 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate",
            "5 1 0:5 / /elsewhere rw - cgroup cgroup rw,memory");

        Assert.Equal(CgroupVersion.V1, found.Version);
        Assert.Equal("/sys/fs/cgroup/unified", found.UnifiedDirectory);
        Assert.Equal(["cpu", "cpuacct"], found.Controllers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct", found.Controllers["cpu"]);
    }

    [Fact]
    public void Detect_OnlyUnified_IsV2()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Of("cgroup.controllers"), "cpu io memory\n");

        CgroupHierarchy found = CgroupHierarchy.Detect(directory.Path, MountInfo.Parse(Encoding.UTF8.GetBytes($"1 0 0:1 / {directory.Path} rw - cgroup2 none rw")));

        Assert.Equal(CgroupVersion.V2, found.Version);
        Assert.Equal(["cpu", "io", "memory"], found.Controllers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Detect_Nothing_SaysSo() =>
        Assert.Equal(ErrorCode.FailedPrecondition, Assert.Throws<KataException>(() => Detect("1 0 0:1 / / rw - ext4 x rw")).Code);

    [Theory]
    [InlineData("/a/../b")]
    [InlineData("./a")]
    [InlineData("/a/cgroup.procs")]
    [InlineData("/a\n")]
    public void Open_PathThatIsNoGroup_IsInvalid(string path)
    {
        CgroupHierarchy hierarchy = CgroupHierarchy.OfUnified("/nonexistent");

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => hierarchy.Open(path)).Code);
    }

    [Theory]
    [InlineData("a//b/", "/a/b")]
    [InlineData("/", "/")]
    public void Open_LooseSpelling_IsNormalized(string path, string expected) =>
        Assert.Equal(expected, CgroupHierarchy.OfUnified("/nonexistent").Open(path).Path);

    [Theory]
    [InlineData("c", 1L, 3L, "rwm", "c 1:3 rwm")]
    [InlineData("b", null, -1L, "m", "b *:* m")]
    [InlineData(null, 5L, 5L, null, "a")]
    public void DeviceRule_Parsed_WritesAsV1(string? type, long? major, long? minor, string? access, string expected) =>
        Assert.Equal(expected, DeviceRule.Parse(true, type, major, minor, access).ToString());

    [Theory]
    [InlineData("x", 1L, "r")]
    [InlineData("c", 1L << 40, "r")]
    [InlineData("c", 1L, "rx")]
    public void DeviceRule_Malformed_IsInvalid(string type, long major, string access) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => DeviceRule.Parse(true, type, major, 0, access)).Code);

    [Fact]
    public void BlockIo_V1Lines_AreParsed() =>
        Assert.Equal(
            [new BlockIoEntry(new DeviceNumber(8, 16), "read", 5), new BlockIoEntry(new DeviceNumber(8, 0), string.Empty, 6)],
            BlockIoText.ParseV1("8:16 Read 5\n8:0 6\nTotal 11\n8: Write 1\nx\n"));

    private static CgroupHierarchy Detect(params string[] lines) =>
        CgroupHierarchy.Detect("/sys/fs/cgroup", MountInfo.Parse(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
}
