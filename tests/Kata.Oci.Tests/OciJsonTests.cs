using System.Text;

using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.Oci.Tests;

public sealed class OciJsonTests
{
    [Fact]
    public void ReadSpec_DocumentOfRunc_ReadsEveryPart()
    {
        Spec spec = OciJson.ReadSpec(File.ReadAllBytes(TestFiles.Path("runc-spec.json")));

        Assert.Equal("1.0.2-dev", spec.OciVersion);
        Assert.Equal(["sh"], spec.Process!.Args);
        Assert.True(spec.Process.Terminal);
        Assert.Equal("/", spec.Process.Cwd);
        Assert.Equal(["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"], spec.Process.Capabilities!.Bounding);
        Assert.Equal(1024UL, Assert.Single(spec.Process.Rlimits).Hard);
        Assert.True(spec.Root!.Readonly);
        Assert.Equal(7, spec.Mounts.Count);
        Assert.Equal("/proc", spec.Mounts[0].Destination);
        Assert.Contains("mode=1777", spec.Mounts[3].Options);
        Assert.Equal(["pid", "network", "ipc", "uts", "mount"], spec.Linux!.Namespaces.Select(n => n.Type));
        Assert.False(spec.Linux.Resources!.Devices[0].Allow);
        Assert.Empty(SpecValidator.Problems(spec));
    }

    [Fact]
    public void ReadSpec_EveryField_SurvivesARoundTrip()
    {
        byte[] document = File.ReadAllBytes(TestFiles.Path("every-field.json"));

        byte[] written = OciJson.WriteSpec(OciJson.ReadSpec(document));

        Assert.Equal(TestFiles.Normalize(document), TestFiles.Normalize(written));
    }

    [Fact]
    public void ReadSpec_CapabilitiesAsOneList_FillsAllSets()
    {
        Spec spec = Read("""{"process":{"capabilities":["CAP_KILL","CAP_CHOWN"]}}""");

        LinuxCapabilities sets = spec.Process!.Capabilities!;
        Assert.All([sets.Bounding, sets.Effective, sets.Inheritable, sets.Permitted, sets.Ambient], set => Assert.Equal(["CAP_KILL", "CAP_CHOWN"], set));
    }

    [Fact]
    public void ReadSpec_NullWhereGoWritesNil_IsEmpty()
    {
        Spec spec = Read("""{"ociVersion":null,"mounts":null,"annotations":null,"process":{"args":null,"capabilities":null},"linux":{"sysctl":null}}""");

        Assert.Equal("", spec.OciVersion);
        Assert.Empty(spec.Mounts);
        Assert.Empty(spec.Annotations);
        Assert.Empty(spec.Process!.Args);
        Assert.Null(spec.Process.Capabilities);
        Assert.Empty(spec.Linux!.Sysctl);
    }

    [Fact]
    public void ReadSpec_UnknownProperties_AreSkipped() =>
        Assert.Equal("c1", Read("""{"hostname":"c1","vm":{"kernel":{"path":"/k"}},"process":{"capabilities":{"future":["x"],"bounding":["CAP_KILL"]}}}""").Hostname);

    [Theory]
    [InlineData("""{"process":{"user":{"uid":-1}}}""", "config.json: $.process.user.uid: expected a whole number from 0 to 4294967295 (line 1, column 29)")]
    [InlineData("""{"process":{"args":"sh"}}""", "config.json: $.process.args: expected a list (line 1, column 24)")]
    [InlineData("""{"process":{"args":["sh",1]}}""", "config.json: $.process.args[1]: expected text (line 1, column 27)")]
    [InlineData("""{"root":[]}""", "config.json: $.root: expected an object (line 1, column 10)")]
    [InlineData("""{"process":{"terminal":"yes"}}""", "config.json: $.process.terminal: expected true or false (line 1, column 29)")]
    [InlineData("""{"process":{"capabilities":7}}""", "config.json: $.process.capabilities: expected an object of capability sets, or a list of capabilities")]
    [InlineData("""{"linux":{"sysctl":{"a.b c":1}}}""", "config.json: $.linux.sysctl['a.b c']: expected text")]
    [InlineData("""{"mounts":[{},{"options":[{}]}]}""", "config.json: $.mounts[1].options[0]: expected text")]
    [InlineData("""{"linux":{"resources":{"rdma":{"m":{"hcaHandles":-1}}}}}""", "config.json: $.linux.resources.rdma.m.hcaHandles: expected a whole number from 0 to 4294967295")]
    [InlineData("null", "config.json: $: expected an object, found null")]
    public void ReadSpec_WrongType_NamesPathAndProblem(string json, string message)
    {
        KataException error = Assert.Throws<KataException>(() => Read(json));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"hostname":"a","hostname":"b"}""")]
    [InlineData("""{"mounts":[null]}""")]
    [InlineData("""{"annotations":{"a":null}}""")]
    [InlineData("""{"linux":{"sysctl":{"a":1}}}""")]
    [InlineData("""{"process":{"capabilities":{"bounding":[1]}}}""")]
    [InlineData("""{"process":{"capabilities":["a",""")]
    [InlineData("""{"linux":{"resources":{"memory":{"limit":1e400}}}}""")]
    [InlineData("""{"linux":{"resources":{"memory":{"limit":9223372036854775808}}}}""")]
    public void ReadSpec_Malformed_IsRefused(string json) => Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Read(json)).Code);

    [Fact]
    public void ReadSpec_HostileKey_IsEscapedInTheMessage()
    {
        KataException error = Assert.Throws<KataException>(() => Read("""{"annotations":{"\u001b[31m\n":1}}"""));

        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void ReadSpec_DeepNesting_IsRefused()
    {
        string json = "{\"x\":" + new string('[', 100_000) + new string(']', 100_000) + "}";

        Assert.Throws<KataException>(() => Read(json));
    }

    [Fact]
    public void ReadSpec_EndlessStream_StopsAtTheLimit()
    {
        using var endless = new EndlessStream();

        KataException error = Assert.Throws<KataException>(() => OciJson.ReadSpec(endless));

        Assert.Equal("config.json: longer than 8 MiB, the most that is read", error.Message);
        Assert.True(endless.Served < 10 << 20);
    }

    [Fact]
    public void ReadSpecFile_Missing_NamesThePath()
    {
        KataException error = Assert.Throws<KataException>(() => OciJson.ReadSpecFile("/nonexistent/config.json"));

        Assert.Equal(ErrorCode.NotFound, error.Code);
        Assert.Equal("/nonexistent/config.json: no such file", error.Message);
    }

    [Fact]
    public void WriteState_ForAHook_HasTheSpecifiedForm()
    {
        var state = new State { OciVersion = "1.2.0", Id = "c1", Status = ContainerStatus.Created, Pid = 42, Bundle = "/b" };

        Assert.Equal("""{"ociVersion":"1.2.0","id":"c1","status":"created","pid":42,"bundle":"/b"}""", Encoding.UTF8.GetString(OciJson.WriteState(state)));
        Assert.Equal(ContainerStatus.Created, OciJson.ReadState(OciJson.WriteState(state)).Status);
    }

    private static Spec Read(string json) => OciJson.ReadSpec(Encoding.UTF8.GetBytes(json));
}
