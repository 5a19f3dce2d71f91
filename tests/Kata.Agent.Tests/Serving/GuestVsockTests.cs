using Kata.Agent.Boot;
using Kata.Agent.Serving;
using Kata.Linux.Sockets;

namespace Kata.Agent.Tests.Serving;

public sealed class GuestVsockTests
{
    [Theory]
    [InlineData(VsockAddress.AnyContext, VsockAddress.HostContext, true)]
    [InlineData(42u, VsockAddress.HostContext, true)]
    [InlineData(VsockAddress.AnyContext, VsockAddress.LocalContext, false)]
    [InlineData(42u, VsockAddress.LocalContext, false)]
    [InlineData(42u, 42u, false)]
    [InlineData(VsockAddress.AnyContext, 0u, false)]
    [InlineData(VsockAddress.AnyContext, 43u, false)]
    [InlineData(VsockAddress.LocalContext, VsockAddress.LocalContext, true)]
    [InlineData(VsockAddress.LocalContext, VsockAddress.HostContext, false)]
    public void Admits_Peer_IsTheHostOrOnTheLocalContextThisMachine(uint listener, uint peer, bool expected) => Assert.Equal(expected, GuestVsock.Admits(listener, peer));

    [Theory]
    [InlineData(null, VsockAddress.AnyContext)]
    [InlineData("vsock://-1:1024", VsockAddress.AnyContext)]
    [InlineData("vsock://42:1024", VsockAddress.AnyContext)]
    [InlineData("unix:///run/a.sock", VsockAddress.AnyContext)]
    [InlineData("vsock://1:1024", VsockAddress.LocalContext)]
    public void OnVsock_OtherPorts_AreOnTheLocalContextOnlyIfTtrpcIs(string? server, uint expected) =>
        Assert.Equal(new VsockAddress(expected, 7), AgentAddress.OnVsock(new AgentOptions { ServerAddress = server }, 7));
}
