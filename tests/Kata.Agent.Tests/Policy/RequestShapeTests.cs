using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.Agent.Policy;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Rego.Values;

namespace Kata.Agent.Tests.Policy;

/// <summary>Policies generated for upstream's agent look for these names and forms.</summary>
public sealed class RequestShapeTests
{
    // Keywords of Rust that could be field names; upstream's structures have them with '_' behind.
    private static readonly string[] RustKeywords =
        ["as", "box", "break", "const", "continue", "crate", "else", "enum", "extern", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
         "return", "self", "static", "struct", "super", "trait", "type", "unsafe", "use", "where", "while", "async", "await", "dyn", "abstract", "become", "do", "final", "macro",
         "override", "priv", "typeof", "unsized", "virtual", "yield", "try"];

    [Fact]
    public void Of_FieldsThatUpstreamLacks_AreListedApart()
    {
        CreateContainerRequest Request() => new() { OCI = new Spec { Process = new Process { User = new User() }, Mounts = { new Mount(), new Mount(), new Mount() }, Linux = new Protocols.Oci.Linux() } };
        CreateContainerRequest request = Request();
        request.OCI.Process.User.Umask = 0;
        request.OCI.Mounts[0].UIDMappings.Add(new LinuxIDMapping { Size = 1 });
        request.OCI.Mounts[2].UIDMappings.Add(new LinuxIDMapping { Size = 3 });
        request.OCI.Linux.Personality = new LinuxPersonality { Domain = "LINUX32" };

        RegoValue input = RequestShape.Of(request, out RegoObject extensions);

        Assert.Equal(RequestShape.Of(Request()), input);
        Assert.Equal(["OCI.Linux.Personality", "OCI.Mounts.UIDMappings", "OCI.Process.User.Umask"], extensions.Keys.Select(key => ((RegoString)key).Value));
        Assert.Equal("[0]", At(extensions, "OCI.Process.User.Umask"));
        Assert.Equal(2, ((RegoArray)extensions.Find("OCI.Mounts.UIDMappings")!).Items.Count);
    }

    [Fact]
    public void Of_FieldsThatUpstreamLacks_AreAllNumberedSoThatNoneIsShown()
    {
        string[] ours = ["Domainname", "IOPriority", "Scheduler", "Umask", "UIDMappings", "GIDMappings", "Personality", "TimeOffsets", "Unified", "Rdma", "Burst", "Idle", "DefaultErrnoRet"];

        foreach (MessageDescriptor message in OciReflection.Descriptor.MessageTypes)
        {
            foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
            {
                bool isUpstreams = message.Name == "Linux" && field.Name is "UIDMappings" or "GIDMappings";
                Assert.Equal(ours.Contains(field.Name) && !isUpstreams, field.FieldNumber > 1000);
            }
        }
    }

    [Fact]
    public void Of_CreateContainer_HasUpstreamsNamesAndForms()
    {
        var request = new CreateContainerRequest
        {
            ContainerId = "c1",
            Storages = { new Protocols.Agent.Storage { Driver = "blk", DriverOptions = { "a=b" }, FsGroup = null } },
            Devices = { new Device { Id = "vfio0", Type = "vfio", VmPath = "/dev/x", ContainerPath = "/dev/y" } },
            OCI = new Spec
            {
                Version = "1.2.0",
                Process = new Process { Args = { "sh", "-c" }, User = new User { UID = 7, AdditionalGids = { 1, 2 } }, Rlimits = { new POSIXRlimit { Type = "RLIMIT_CORE", Hard = ulong.MaxValue } } },
                Annotations = { ["io.kubernetes.cri.sandbox-name"] = "pod" },
                Mounts = { new Mount { Destination = "/proc", Type = "proc", Source = "proc", Options = { "ro" } } },
                Linux = new Protocols.Oci.Linux { Namespaces = { new LinuxNamespace { Type = "ipc" } }, Sysctl = { ["a"] = "1" } },
            },
        };

        var input = (RegoObject)RequestShape.Of(request);

        Assert.Equal("\"c1\"", At(input, "container_id"));
        Assert.Equal("null", At(input, "string_user"));
        Assert.Equal("false", At(input, "sandbox_pidns"));
        Assert.Equal("[]", At(input, "shared_mounts"));
        Assert.Equal("0", At(input, "stdin_port"));
        Assert.Equal("[\"sh\", \"-c\"]", At(input, "OCI", "Process", "Args"));
        Assert.Equal("\"\"", At(input, "OCI", "Process", "SelinuxLabel"));
        Assert.Equal("null", At(input, "OCI", "Process", "Capabilities"));
        Assert.Equal("7", At(input, "OCI", "Process", "User", "UID"));
        Assert.Equal("[1, 2]", At(input, "OCI", "Process", "User", "AdditionalGids"));
        Assert.Contains("18446744073709551615", At(input, "OCI", "Process", "Rlimits"), StringComparison.Ordinal);
        Assert.Equal("\"pod\"", At(input, "OCI", "Annotations", "io.kubernetes.cri.sandbox-name"));
        Assert.Equal("null", At(input, "OCI", "Hooks"));
        Assert.Equal("null", At(input, "OCI", "Solaris"));
        Assert.Equal("null", At(input, "OCI", "Windows"));
        Assert.Equal("null", At(input, "OCI", "Linux", "Seccomp"));
        Assert.Equal("[{\"Path\": \"\", \"Type\": \"ipc\"}]", At(input, "OCI", "Linux", "Namespaces"));
        Assert.Equal("[{\"destination\": \"/proc\", \"options\": [\"ro\"], \"source\": \"proc\", \"type_\": \"proc\"}]", At(input, "OCI", "Mounts"));
        Assert.Contains("\"type_\": \"vfio\"", At(input, "devices"), StringComparison.Ordinal);
        Assert.Contains("\"fs_group\": null", At(input, "storages"), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OtherRequests_HaveUpstreamsForms()
    {
        Assert.Equal("[1, 255]", At((RegoObject)RequestShape.Of(new WriteStreamRequest { Data = ByteString.CopyFrom(1, 255) }), "data"));
        var memory = (RegoObject)RequestShape.Of(new MemAgentMemcgConfig { Swap = true });
        Assert.Equal("true", At(memory, "swap"));
        Assert.Equal("null", At(memory, "disabled"));
        var seccomp = new LinuxSeccomp { Syscalls = { new LinuxSyscall { Names = { "open" }, Errnoret = 5 }, new LinuxSyscall() } };
        string syscalls = At((RegoObject)RequestShape.Of(seccomp), "Syscalls");
        Assert.Contains("\"ErrnoRet\": {\"Errnoret\": 5}", syscalls, StringComparison.Ordinal);
        Assert.Contains("\"ErrnoRet\": null", syscalls, StringComparison.Ordinal);
        var network = new UpdateInterfaceRequest { Interface = new Protocols.Types.Interface { HwAddr = "02:00:00:00:00:01", RawFlags = 128, Type = "veth" } };
        Assert.Equal("\"02:00:00:00:00:01\"", At((RegoObject)RequestShape.Of(network), "interface", "hwAddr"));
        Assert.Equal("128", At((RegoObject)RequestShape.Of(network), "interface", "raw_flags"));
    }

    [Theory]
    [InlineData(0x81A4u, "\"Regular\"", "null")]
    [InlineData(0x41EDu, "\"Directory\"", "null")]
    [InlineData(0xA1FFu, "\"Symlink\"", "\"..data/x\"")]
    [InlineData(0xC000u, "\"Unknown\"", "null")]
    [InlineData(0xF000u, "\"Unknown\"", "null")]
    [InlineData(0u, "\"Unknown\"", "null")]
    public void Of_CopyFile_SaysWhatTheModeMeans(uint mode, string type, string target)
    {
        var copy = new CopyFileRequest { Path = "/p", FileMode = mode, Data = ByteString.CopyFromUtf8("..data/x"), Uid = -1, Offset = 3 };

        var input = (RegoObject)RequestShape.Of(copy);

        Assert.Equal(type, At(input, "file_type"));
        Assert.Equal(target, At(input, "symlink_target"));
        Assert.Equal("-1", At(input, "uid"));
        Assert.Null(input.Find("data"));
    }

    [Fact]
    public void Of_LinkThatIsNoText_IsInvalid() =>
        Assert.Equal(
            ErrorCode.InvalidArgument,
            Assert.Throws<KataException>(() => RequestShape.Of(new CopyFileRequest { FileMode = 0xA1FF, Data = ByteString.CopyFrom(0, 255, 255) })).Code);

    [Fact]
    public void Of_ManySmallParts_IsRefused()
    {
        var request = new ExecProcessRequest { Process = new Process() };
        request.Process.Args.AddRange(Enumerable.Repeat("", 300_000));

        Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<KataException>(() => RequestShape.Of(request)).Code);
    }

    [Fact]
    public void Of_MuchData_MakesNothingPerByte()
    {
        var request = new WriteStreamRequest { Data = ByteString.CopyFrom(new byte[4 * 1024 * 1024]) };
        RequestShape.Of(new WriteStreamRequest()); // the descriptors of all messages are made once, by whoever comes first
        long before = GC.GetAllocatedBytesForCurrentThread();

        RequestShape.Of(request);

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1024 * 1024);
    }

    [Fact]
    public void NameOf_AllFields_IsUpstreams()
    {
        foreach (MessageDescriptor message in AgentReflection.Descriptor.MessageTypes.Concat(OciReflection.Descriptor.MessageTypes))
        {
            foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
            {
                Assert.Equal(RustKeywords.Contains(field.Name) ? field.Name + "_" : field.Name, RequestShape.NameOf(field));
            }
        }
    }

    [Fact]
    public void Of_EveryRequest_IsShown()
    {
        foreach (MessageDescriptor message in AgentReflection.Descriptor.MessageTypes)
        {
            Assert.NotNull(RequestShape.Of(message.Parser.ParseFrom(ByteString.Empty)));
        }
    }

    private static string At(RegoObject input, params string[] path)
    {
        RegoValue value = input;
        foreach (string name in path)
        {
            value = ((RegoObject)value).Find(name) ?? throw new InvalidOperationException($"there is no {name} of {string.Join('.', path)}");
        }

        return value.ToString();
    }
}
