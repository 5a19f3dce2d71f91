using System.Text;
using Kata.Configuration.Keys;
using Kata.Configuration.Overrides;
using Kata.Primitives;

namespace Kata.Configuration.Tests;

public sealed class AnnotationsTests
{
    private const string Hypervisor = "io.katacontainers.config.hypervisor.";
    private const string Runtime = "io.katacontainers.config.runtime.";
    private const string Agent = "io.katacontainers.config.agent.";

    private static readonly HostLimits EightCpus = new(Processors: 8, MaximumVcpus: 240);

    [Fact]
    public void Apply_NoneOfOurs_IsTheSameConfiguration()
    {
        LoadedConfiguration loaded = Load(".*");

        Assert.Same(loaded, Annotations.Apply(loaded, Pairs(("io.kubernetes.cri.sandbox-id", "x")), EightCpus));
    }

    [Fact]
    public void Apply_EnabledValues_ChangeTheCopyOnly()
    {
        LoadedConfiguration loaded = Load("default_.*", "kernel_params");

        LoadedConfiguration applied = Annotations.Apply(
            loaded,
            Pairs(
                (Hypervisor + "default_vcpus", "2"), (Hypervisor + "default_max_vcpus", "4"),
                (Hypervisor + "default_memory", "512"), (Hypervisor + "kernel_params", "b=2 c")),
            EightCpus);

        QemuConfiguration qemu = applied.Configuration.RequireQemu();
        Assert.Equal(new ProcessorConfiguration(2, 4), qemu.Processors);
        Assert.Equal(512, qemu.Memory.Size.Mebibytes);
        Assert.Equal("a=1 b=2 c", qemu.Assets.KernelParameters);
        Assert.Empty(applied.Warnings);
        Assert.Equal("a=1", loaded.Configuration.RequireQemu().Assets.KernelParameters);
    }

    [Fact]
    public void Apply_Policy_IsDecodedAndMayBeLong()
    {
        string policy = "package agent_policy\n# é\n" + new string('#', 100_000);

        LoadedConfiguration applied = Annotations.Apply(Load(), Pairs((Agent + "policy", Convert.ToBase64String(Encoding.UTF8.GetBytes(policy)))), EightCpus);

        Assert.Equal(policy, applied.Configuration.Agent.Policy);
        Assert.Empty(applied.Warnings);
    }

    [Fact]
    public void Apply_PolicyBeyondWhatTheAgentTakes_IsRefused()
    {
        string text = Convert.ToBase64String(new byte[AgentConfiguration.MaxPolicy + 3]);

        var error = Assert.Throws<KataException>(() => Annotations.Apply(Load(), Pairs((Agent + "policy", text)), EightCpus));

        Assert.Contains("is too long: 2796204 characters are allowed", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kernel", "kernel_params", false)]
    [InlineData("kernel.*", "kernel_params", true)]
    [InlineData("^kernel_params$", "kernel_params", true)]
    [InlineData("a|kernel_params", "kernel_params", true)]
    [InlineData("kernel_params|a", "kernel", false)]
    [InlineData("", "kernel_params", false)]
    public void Apply_Gate_MatchesWholeNames(string pattern, string name, bool allowed)
    {
        LoadedConfiguration loaded = Load(pattern);

        Exception? error = Record.Exception(() => Annotations.Apply(loaded, Pairs((Hypervisor + name, "/x")), EightCpus));

        Assert.Equal(allowed, error is null);
        Assert.True(allowed || error is KataException { Code: ErrorCode.PermissionDenied });
    }

    [Fact]
    public void Apply_PatternThatWouldBacktrackForever_ReturnsAtOnce()
    {
        LoadedConfiguration loaded = Load("(a+)+");

        var error = Assert.Throws<KataException>(
            () => Annotations.Apply(loaded, Pairs((Hypervisor + new string('a', 200) + "b", "1")), EightCpus));

        Assert.Equal(ErrorCode.PermissionDenied, error.Code);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("(a)\\\\1")]
    public void Apply_PatternIsNoRegularExpression_NamesTheKey(string pattern)
    {
        LoadedConfiguration loaded = Load(pattern);

        var error = Assert.Throws<KataException>(() => Annotations.Apply(loaded, Pairs((Hypervisor + "kernel", "/x")), EightCpus));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains("hypervisor.qemu.enable_annotations (c.toml:5:1)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default_vcpus", "9")]
    [InlineData("default_vcpus", "-1")]
    [InlineData("default_vcpus", "two")]
    [InlineData("default_vcpus", "1e3")]
    [InlineData("default_max_vcpus", "9")]
    [InlineData("default_memory", "255")]
    [InlineData("default_memory", "4294967296")]
    [InlineData("default_memory", "512M")]
    [InlineData("msize_9p", "0")]
    [InlineData("enable_hugepages", "yes")]
    [InlineData("shared_fs", "nfs")]
    [InlineData("virtio_fs_extra_args", "-o x")]
    [InlineData("virtio_fs_extra_args", "[1]")]
    [InlineData("virtio_fs_extra_args", "[[\"a\"]]")]
    [InlineData("machine_type", "q35,accel=tcg")]
    [InlineData("machine_accelerators", "x -device y")]
    [InlineData("cpu_features", "a\nb")]
    [InlineData("kernel_params", "a\nb")]
    [InlineData("kernel", "relative")]
    [InlineData("kernel_hash", "abc")]
    [InlineData("block_device_driver", "ide")]
    public void Apply_WrongValue_IsInvalidAndNamesTheAnnotation(string name, string value)
    {
        LoadedConfiguration loaded = Load(".*");

        var error = Assert.Throws<KataException>(() => Annotations.Apply(loaded, Pairs((Hypervisor + name, value)), EightCpus));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(Hypervisor + name, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("t", true)]
    [InlineData("TRUE", true)]
    [InlineData("True", true)]
    [InlineData("0", false)]
    [InlineData("F", false)]
    [InlineData("false", false)]
    [InlineData("tRue", null)]
    [InlineData("", null)]
    public void ParseBool_Text_IsReadAsGoDoes(string text, bool? expected) => Assert.Equal(expected, AnnotationValue.ParseBool(text));

    [Theory]
    [InlineData("path", "/opt/qemu/bin/qemu-b", true)]
    [InlineData("path", "/opt/qemu/bin/other", false)]
    [InlineData("path", "/opt/qemu/../qemu/bin/qemu-b", false)]
    [InlineData("virtio_fs_daemon", "/daemon", true)]
    [InlineData("virtio_fs_daemon", "/other", false)]
    [InlineData("entropy_source", "/dev/random", true)]
    [InlineData("entropy_source", "/dev/sda", false)]
    [InlineData("file_mem_backend", "/dev/shm", false)]
    public void Apply_Path_MustBeInTheList(string name, string path, bool allowed)
    {
        LoadedConfiguration loaded = Load(".*");

        Exception? error = Record.Exception(() => Annotations.Apply(loaded, Pairs((Hypervisor + name, path)), EightCpus));

        Assert.Equal(allowed, error is null);
        Assert.True(allowed || error is KataException { Code: ErrorCode.PermissionDenied });
    }

    [Fact]
    public void Apply_Image_TakesTheInitrdsPlace()
    {
        LoadedConfiguration applied = Annotations.Apply(Load("image"), Pairs((Hypervisor + "image", "/other.img")), EightCpus);

        Assert.Equal("/other.img", applied.Configuration.RequireQemu().Assets.Image);
        Assert.Null(applied.Configuration.RequireQemu().Assets.Initrd);
    }

    [Fact]
    public void Apply_RuntimeAndAgent_NeedNoPermission()
    {
        LoadedConfiguration applied = Annotations.Apply(
            Load(), Pairs((Runtime + "internetworking_model", "none"), (Runtime + "disable_guest_seccomp", "0"), (Agent + "container_pipe_size", "65536")), EightCpus);

        Assert.Equal(NetworkModel.None, applied.Configuration.Runtime.NetworkModel);
        Assert.False(applied.Configuration.Runtime.DisableGuestSeccomp);
        Assert.Equal(65536, applied.Configuration.Agent.ContainerPipeSize);
    }

    [Theory]
    [InlineData("io.katacontainers.config_path", "/tmp/evil.toml", ErrorCode.PermissionDenied)]
    [InlineData("io.katacontainers.asset_hash_type", "md5", ErrorCode.InvalidArgument)]
    [InlineData(Runtime + "experimental", "newstore", ErrorCode.Unsupported)]
    [InlineData(Hypervisor + "rootless", "true", ErrorCode.Unsupported)]
    [InlineData(Agent + "policy", "no base64", ErrorCode.InvalidArgument)]
    [InlineData(Agent + "policy", "/w==", ErrorCode.InvalidArgument)] // no UTF-8
    public void Apply_WhatCannotBe_IsRefused(string name, string value, ErrorCode expected)
    {
        var error = Assert.Throws<KataException>(() => Annotations.Apply(Load(".*"), Pairs((name, value)), EightCpus));

        Assert.Equal(expected, error.Code);
    }

    [Fact]
    public void Apply_UnknownName_Warns()
    {
        LoadedConfiguration applied = Annotations.Apply(Load(".*"), Pairs((Hypervisor + "kernl", "/x"), ("io.katacontainers.pkg.oci.bundle_path", "/b")), EightCpus);

        Assert.Equal(Hypervisor + "kernl", Assert.Single(applied.Warnings).Key);
    }

    [Fact]
    public void Apply_KeyWithoutEffect_Warns()
    {
        LoadedConfiguration applied = Annotations.Apply(Load(".*"), Pairs((Hypervisor + "enable_iommu", "true")), EightCpus);

        Assert.Equal("hypervisor.qemu.enable_iommu", Assert.Single(applied.Warnings).Key);
    }

    [Fact]
    public void Apply_TooManyOrTooLong_IsInvalid()
    {
        LoadedConfiguration loaded = Load(".*");

        Assert.Throws<KataException>(() => Annotations.Apply(loaded, Pairs((Hypervisor + "kernel_params", new string('x', 5000))), EightCpus));
        Assert.Throws<KataException>(() => Annotations.Apply(
            loaded, Enumerable.Range(0, 300).Select(i => KeyValuePair.Create($"io.katacontainers.x{i}", string.Empty)), EightCpus));
    }

    [Fact]
    public void Rules_EveryOne_NamesAKeyOfTheCatalog()
    {
        foreach (string name in AnnotationRules.Names)
        {
            AnnotationRule rule = AnnotationRules.Find(name)!;
            Assert.True(KeyCatalog.Find(rule.Table)?.Find(rule.Key) is not null, $"{name} sets {rule.Table}.{rule.Key}, which the catalog does not have");
        }
    }

    private static LoadedConfiguration Load(params string[] enabled) => ConfigurationLoader.Parse(
        $"""
        [hypervisor.qemu]
        kernel = "/k"
        initrd = "/i"
        virtio_fs_daemon = "/daemon"
        enable_annotations = [{string.Join(", ", enabled.Select(pattern => $"\"{pattern}\""))}]
        kernel_params = "a=1"
        path = "/opt/qemu/bin/qemu-a"
        valid_hypervisor_paths = ["/opt/*/bin/qemu-?"]
        """,
        "c.toml",
        EightCpus);

    private static Dictionary<string, string> Pairs(params (string Key, string Value)[] pairs) => pairs.ToDictionary(pair => pair.Key, pair => pair.Value);
}
