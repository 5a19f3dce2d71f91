using Kata.Linux.Namespaces;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Linux.Tests.Namespaces;

public sealed class NamespaceFdTests
{
    [Fact]
    public void Open_OwnAndForeign_KnowsTheirKindAndIdentity() => MountNamespaceThread.Run(() =>
    {
        using NamespaceFd process = NamespaceFd.Open(Environment.ProcessId, CloneFlags.NewNs);
        using NamespaceFd thread = NamespaceFd.Open(0, CloneFlags.NewNs);
        using NamespaceFd network = NamespaceFd.Open("/proc/self/ns/net");

        Assert.False(process.IsSameAs(thread));
        Assert.Equal(CloneFlags.NewNet, network.Kind);
        process.Enter();
        using NamespaceFd back = NamespaceFd.Open(0, CloneFlags.NewNs);
        Assert.True(process.IsSameAs(back));
    });

    [Fact]
    public void Open_NotSuchANamespace_IsInvalid()
    {
        using var directory = new TemporaryDirectory();
        using (Fd fd = directory.Open())
        {
            FileAt.MakeNode(fd, "fifo", FileKind.Fifo, 0x180);
        }

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => NamespaceFd.Open("/proc/self/ns/net", CloneFlags.NewNs)).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => NamespaceFd.Open("/etc/hostname")).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => NamespaceFd.Open(directory.Of("fifo"))).Code);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<LinuxException>(() => NamespaceFd.Open(int.MaxValue, CloneFlags.NewNs)).Code);
    }
}
