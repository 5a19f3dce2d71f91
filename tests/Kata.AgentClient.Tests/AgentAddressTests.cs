using Kata.Primitives;

namespace Kata.AgentClient.Tests;

public sealed class AgentAddressTests
{
    [Theory]
    [InlineData("vsock://3:1024", AgentTransport.Vsock, "", 3u, 1024u)]
    [InlineData("vsock://4294967294:1", AgentTransport.Vsock, "", 4294967294u, 1u)]
    [InlineData("hvsock:///run/vc/vm/a:b/kata.hvsock:1024", AgentTransport.HybridVsock, "/run/vc/vm/a:b/kata.hvsock", 0u, 1024u)]
    [InlineData("virtio-serial:///run/vc/vm/a/agent.sock", AgentTransport.VirtioSerial, "/run/vc/vm/a/agent.sock", 0u, 0u)]
    [InlineData("unix:///run/agent.sock", AgentTransport.Unix, "/run/agent.sock", 0u, 0u)]
    [InlineData("unix://@agent", AgentTransport.Unix, "@agent", 0u, 0u)]
    [InlineData("mock:///run/agent.sock", AgentTransport.Unix, "/run/agent.sock", 0u, 0u)]
    public void Parse_Valid_Reads(string text, AgentTransport transport, string path, uint cid, uint port)
    {
        AgentAddress address = AgentAddress.Parse(text);

        Assert.Equal(new AgentAddress(transport, path, cid, port), address);
        Assert.Equal(text.Replace("mock", "unix", StringComparison.Ordinal), address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("vsock")]
    [InlineData("vsock:3:1024")]
    [InlineData("vsock://3")]
    [InlineData("vsock://:1024")]
    [InlineData("vsock://-1:1024")]
    [InlineData("vsock://0:1024")]
    [InlineData("vsock://3:0")]
    [InlineData("vsock://3:4294967295")]
    [InlineData("vsock://3:+1")]
    [InlineData("vsock://4294967296:1024")]
    [InlineData("hvsock:///run/x")]
    [InlineData("hvsock://run/x:1024")]
    [InlineData("unix://relative")]
    [InlineData("unix://")]
    [InlineData("unix://@")]
    [InlineData("unix:///a\0b")]
    [InlineData("tcp://1.2.3.4:5")]
    public void Parse_Invalid_NamesTheAddress(string text)
    {
        KataException error = Assert.Throws<KataException>(() => AgentAddress.Parse(text));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.StartsWith("agent address \"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_PathTooLong_IsRefused() =>
        Assert.Throws<KataException>(() => AgentAddress.Parse("unix:///" + new string('a', 107)));
}
