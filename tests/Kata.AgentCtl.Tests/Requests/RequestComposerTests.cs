using Google.Protobuf;
using Kata.AgentCtl.Api;
using Kata.AgentCtl.Requests;
using Kata.AgentCtl.Sessions;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.AgentCtl.Tests.Requests;

public sealed class RequestComposerTests
{
    private readonly Session _session = new();

    [Fact]
    public void Compose_NothingGiven_TakesTheSessionsIds()
    {
        var create = Compose<StartContainerRequest>("StartContainer");
        var signal = Compose<SignalProcessRequest>("SignalProcess");

        Assert.Equal(64, create.ContainerId.Length);
        Assert.Equal(create.ContainerId, signal.ContainerId);
        Assert.Equal(create.ContainerId, signal.ExecId);
        Assert.Equal(9u, signal.Signal);
    }

    [Fact]
    public void Compose_IdsGiven_StayForLaterCommands()
    {
        Compose<StartContainerRequest>("StartContainer", "cid=c1");
        Assert.Equal("c1", Compose<WaitProcessRequest>("WaitProcess").ExecId);
        Compose<WaitProcessRequest>("WaitProcess", "exec_id=e1");
        Assert.Equal("e1", Compose<ReadStreamRequest>("ReadStdout").ExecId);

        // Another container has other processes.
        Assert.Equal(("c2", "c2"), (Compose<ReadStreamRequest>("ReadStdout", "cid=c2").ContainerId, Compose<ReadStreamRequest>("ReadStdout").ExecId));
    }

    [Fact]
    public void Compose_WithoutAutoValues_LeavesTheRestEmpty()
    {
        var request = (SignalProcessRequest)new RequestComposer(ApiCommands.Find("SignalProcess")!, new Session(autoValues: false)).Compose(["signal=SIGUSR1"]);

        Assert.Equal(new SignalProcessRequest { Signal = 10 }, request);
    }

    [Fact]
    public void Compose_DocumentAndWords_WordsReachInside()
    {
        var request = Compose<CreateContainerRequest>(
            "CreateContainer", "{\"OCI\": {\"Process\": {\"Cwd\": \"/\", \"Terminal\": true}}}", "OCI.Process.Args=ls -l '/a b'", "OCI.Process.User.UID=5", "cid=c9");

        Assert.Equal(["ls", "-l", "/a b"], request.OCI.Process.Args);
        Assert.True(request.OCI.Process.Terminal);
        Assert.Equal(5u, request.OCI.Process.User.UID);
        Assert.Equal(("c9", "c9"), (request.ContainerId, request.ExecId));
    }

    [Fact]
    public void Compose_FilesAndEncodings_AreRead()
    {
        using var directory = new TemporaryDirectory();
        string rules = directory.Write("rules", "*filter\n");
        string request = directory.Write("request.json", "{\"path\": \"/p\", \"uid\": 3}");

        Assert.Equal("*filter\n", Compose<SetIPTablesRequest>("SetIPTables", $"data=file://{rules}").Data.ToStringUtf8());
        Assert.Equal(ByteString.CopyFrom(0, 1), Compose<SetIPTablesRequest>("SetIPTables", "data=base64:AAE=").Data);
        Assert.Equal("*filter\n", Compose<SetPolicyRequest>("SetPolicy", $"policy=file://{rules}").Policy);
        Assert.Equal(new CopyFileRequest { Path = "/p", Uid = 3, FileMode = 33188 }, Compose<CopyFileRequest>("CopyFile", $"file://{request}", "file_mode=0100644"));
    }

    [Fact]
    public void Compose_ListsAndHex_AreRead()
    {
        Assert.Equal([0x1000ul, 0x20ul], Compose<MemHotplugByProbeRequest>("MemHotplugByProbe", "memHotplugProbeAddr=0x1000,20").MemHotplugProbeAddr);
        Assert.Equal(["a", "b"], Compose<CreateSandboxRequest>("CreateSandbox", "dns=a,b").Dns);
        Assert.Equal(["a,b"], Compose<CreateSandboxRequest>("CreateSandbox", "dns=[\"a,b\"]").Dns);
        Assert.Equal([1u, 2u], Compose<AddSwapRequest>("AddSwap", "pci_path=1,2").PCIPath);
    }

    [Theory]
    [InlineData("SignalProcess", "signal=SIGFOO", "SignalProcess: signal: unknown signal 'SIGFOO'")]
    [InlineData("SignalProcess", "sginal=9", "SignalProcess: SignalProcessRequest has no field sginal; did you mean signal?")]
    [InlineData("ReadStdout", "len=many", "ReadStdout: len: expected a number from 0 to 4294967295, found many")]
    [InlineData("ReadStdout", "len", "ReadStdout: len: expected name=value, or a JSON document; 'help ReadStdout' lists the names")]
    [InlineData("ReadStdout", "cid=a container_id=b", "ReadStdout: container_id is given twice")]
    [InlineData("ReadStdout", "{} {}", "ReadStdout: there are 2 JSON documents; one is the whole request")]
    [InlineData("UpdateInterface", "interface.mtu=x", "UpdateInterface: interface.mtu: expected a number from 0 to 18446744073709551615, found x")]
    [InlineData("UpdateInterface", "interface.IPAddresses.mask=x", "UpdateInterface: interface.IPAddresses.mask: IPAddresses is no message; give all of it as JSON")]
    [InlineData("UpdateInterface", "interface={\"name\":1}", "UpdateInterface: interface: JSON: line 1, column 9: interface.name: expected text, found a number")]
    [InlineData("CreateContainer", "", "CreateContainer: spec: there is no container description: give --bundle-dir DIR, or spec=file://PATH")]
    [InlineData("CreateContainer", "spec=file:///nowhere/config.json", "/nowhere/config.json: no such file")]
    [InlineData("SetPolicy", "policy=file:///nowhere", "/nowhere: no such file")]
    [InlineData("MemHotplugByProbe", "memHotplugProbeAddr=xyz", "MemHotplugByProbe: memHotplugProbeAddr: xyz is no address in hexadecimal")]
    public void Compose_Wrong_SaysWhat(string command, string words, string expected)
    {
        KataException error = Assert.Throws<KataException>(() => new RequestComposer(ApiCommands.Find(command)!, _session).Compose(WordSplitter.Split(words)));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    private T Compose<T>(string command, params string[] words)
        where T : IMessage => (T)new RequestComposer(ApiCommands.Find(command)!, _session).Compose(words);
}
