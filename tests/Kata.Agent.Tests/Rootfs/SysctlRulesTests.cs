using Kata.Agent.Rootfs;
using Kata.Primitives;

namespace Kata.Agent.Tests.Rootfs;

public sealed class SysctlRulesTests
{
    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward")]
    [InlineData("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("kernel.shmmax", "kernel/shmmax")]
    [InlineData("fs.mqueue.msg_max", "fs/mqueue/msg_max")]
    [InlineData("kernel.domainname", "kernel/domainname")]
    public void RequirePath_NamespacedName_IsItsPath(string name, string path) => Assert.Equal(path, SysctlRules.RequirePath(name, ownIpc: true, ownUts: true));

    [Theory]
    [InlineData("kernel.hostname")]
    [InlineData("kernel.core_pattern")]
    [InlineData("vm.swappiness")]
    [InlineData("net")]
    [InlineData("")]
    [InlineData("net.../x")]
    [InlineData("net/../kernel/core_pattern")]
    [InlineData("net./.core")]
    [InlineData("net..ipv4")]
    public void RequirePath_OtherName_IsRefused(string name) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => SysctlRules.RequirePath(name, ownIpc: true, ownUts: true)).Code);

    [Fact]
    public void RequirePath_WithoutOwnNamespace_IsRefused()
    {
        Assert.Throws<KataException>(() => SysctlRules.RequirePath("kernel.shmmax", ownIpc: false, ownUts: true));
        Assert.Throws<KataException>(() => SysctlRules.RequirePath("kernel.domainname", ownIpc: true, ownUts: false));
    }
}
