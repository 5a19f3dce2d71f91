using Kata.Agent.Serving;
using Kata.Primitives;

namespace Kata.Agent.Tests.Serving;

public sealed class AgentAddressTests
{
    [Fact]
    public void Parse_KnownSchemes_GivesTheirParts()
    {
        Assert.Equal(new AgentAddress.Vsock(uint.MaxValue, 1024), AgentAddress.Parse("vsock://-1:1024"));
        Assert.Equal(new AgentAddress.Vsock(3, 7), AgentAddress.Parse("vsock://3:7"));
        Assert.Equal(new AgentAddress.Unix("/run/a.sock"), AgentAddress.Parse("unix:///run/a.sock"));
        Assert.Equal(new AgentAddress.Unix("@agent"), AgentAddress.Parse("unix://@agent"));
        Assert.Equal(new AgentAddress.VirtioSerial("a.0"), AgentAddress.Parse("virtio-serial://a.0"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("tcp://1.2.3.4:5")]
    [InlineData("vsock://-1")]
    [InlineData("vsock://x:1")]
    [InlineData("vsock://-2:1")]
    [InlineData("unix://")]
    [InlineData("virtio-serial://../x")]
    public void Parse_AnythingElse_IsInvalid(string text) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => AgentAddress.Parse(text)).Code);
}
