using Kata.Primitives;

namespace Kata.Configuration.Tests;

public sealed class ConfigurationLoaderTests
{
    private const string Minimal = """
        [hypervisor.qemu]
        kernel = "/k/vmlinux"
        initrd = "/k/initrd.img"

        """;

    private static readonly HostLimits EightCpus = new(Processors: 8, MaximumVcpus: 240);

    [Fact]
    public void Parse_MinimalFile_FillsInDefaults()
    {
        (KataConfiguration configuration, IReadOnlyList<ConfigurationWarning> warnings) = ConfigurationLoader.Parse(Minimal, "c.toml", EightCpus);

        QemuConfiguration qemu = configuration.RequireQemu();
        Assert.Empty(warnings);
        Assert.Equal("/k/vmlinux", qemu.Assets.Kernel);
        Assert.Equal("/k/initrd.img", qemu.Assets.Initrd);
        Assert.Null(qemu.Assets.Image);
        Assert.Equal(new ProcessorConfiguration(1, 8), qemu.Processors);
        Assert.Equal(ByteSize.FromMebibytes(2048), qemu.Memory.Size);
        Assert.Equal(SharedFileSystem.VirtioFs, qemu.SharedFiles.Kind);
        Assert.Equal(["--thread-pool-size=1"], qemu.SharedFiles.VirtioFsExtraArguments);
        Assert.Equal(TimeSpan.FromSeconds(90), qemu.BootTimeoutUnder(translated: true));
        Assert.Equal(TimeSpan.FromSeconds(30), qemu.BootTimeoutUnder(translated: false));
        Assert.Null(configuration.Agent.DialTimeout);
        Assert.True(configuration.Runtime.DisableGuestSeccomp);
        Assert.Equal(NetworkModel.TcFilter, configuration.Runtime.NetworkModel);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("-1", 8)]
    [InlineData("3", 3)]
    [InlineData("2.5", 3)]
    [InlineData("9", 8)]
    public void Parse_DefaultVcpus_IsBroughtIntoRange(string value, int expected)
    {
        LoadedConfiguration loaded = ConfigurationLoader.Parse($"{Minimal}default_vcpus = {value}", "c.toml", EightCpus);

        Assert.Equal(expected, loaded.Configuration.RequireQemu().Processors.Count);
    }

    [Fact]
    public void Parse_UnknownKey_WarnsWithTableKeyAndLine()
    {
        LoadedConfiguration loaded = ConfigurationLoader.Parse($"{Minimal}kernal_params = \"x\"\n[wrong]\na = 1\n", "c.toml", EightCpus);

        Assert.Equal(2, loaded.Warnings.Count);
        Assert.Equal("c.toml:4:1: unknown key hypervisor.qemu.kernal_params; it has no effect", loaded.Warnings[0].ToString());
        Assert.Equal("c.toml:6:1: unknown table: wrong.a; no effect", loaded.Warnings[1].ToString());
    }

    [Fact]
    public void Parse_KeyWithoutEffectChanged_Warns()
    {
        LoadedConfiguration loaded = ConfigurationLoader.Parse($"{Minimal}enable_iommu = true\nhotplug_vfio_on_root_bus = false", "c.toml", EightCpus);

        ConfigurationWarning warning = Assert.Single(loaded.Warnings);
        Assert.Equal("hypervisor.qemu.enable_iommu", warning.Key);
    }

    [Theory]
    [InlineData("default_memory = \"2G\"", "c.toml:4:1: hypervisor.qemu.default_memory must be an integer, not a string")]
    [InlineData("enable_debug = 1", "c.toml:4:1: hypervisor.qemu.enable_debug must be true or false, not an integer")]
    [InlineData("  kernel_params = [\"a\"]", "c.toml:4:3: hypervisor.qemu.kernel_params must be a string, not an array of strings")]
    [InlineData("enable_annotations = [1]", "c.toml:4:1: hypervisor.qemu.enable_annotations must be an array of strings, not an array with something else than strings")]
    [InlineData("shared_fs = \"nfs\"", "must be one of \"virtio-fs\", ")]
    [InlineData("memory_slots = 100000", "c.toml:4:1: hypervisor.qemu.memory_slots must be from 0 to 256, not 100000")]
    [InlineData("default_memory = 0", "default_memory must not be 0")]
    [InlineData("image = \"/k/i.img\"", "both initrd and image")]
    [InlineData("path = \"qemu\"", "must be an absolute path")]
    [InlineData("kernel_params = \"a\\nb\"", "control character")]
    [InlineData("[runtime]\ndisable_new_netns = true", "c.toml:5:1: runtime.disable_new_netns needs")]
    [InlineData("[agent.kata]\nlog_level = \"loud\"", "agent.kata.log_level must be one of")]
    public void Parse_WrongValue_NamesPlaceAndKey(string line, string expected)
    {
        var error = Assert.Throws<KataException>(() => ConfigurationLoader.Parse(Minimal + line, "c.toml", EightCpus));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("confidential_guest = true")]
    [InlineData("rootless = true")]
    [InlineData("shared_fs = \"virtio-fs-nydus\"")]
    [InlineData("[hypervisor.clh]\npath = \"/x\"\n[runtime]\nhypervisor_name = \"clh\"")]
    [InlineData("[runtime]\nexperimental = [\"newstore\"]")]
    public void Parse_AsksForSomethingMissingHere_IsUnsupported(string line)
    {
        var error = Assert.Throws<KataException>(() => ConfigurationLoader.Parse(Minimal + line, "c.toml", EightCpus));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
    }

    [Fact]
    public void Parse_SeveralProblems_ReportsAll()
    {
        var error = Assert.Throws<KataException>(
            () => ConfigurationLoader.Parse("[hypervisor.qemu]\ndefault_memory = true\n[agent.kata]\ndial_timeout = \"1\"\n", "c.toml", EightCpus));

        Assert.Contains("c.toml:2:1: hypervisor.qemu.default_memory", error.Message, StringComparison.Ordinal);
        Assert.Contains("c.toml:4:1: agent.kata.dial_timeout", error.Message, StringComparison.Ordinal);
        Assert.Contains("neither initrd nor image", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[hypervisor.qemu", "c.toml:1:")]
    [InlineData("[hypervisor.qemu]\nkernel = ", "c.toml:2:")]
    [InlineData("[hypervisor.qemu]\nkernel = \"a\"\nkernel = \"b\"", "c.toml:3:")]
    [InlineData("[[hypervisor.qemu]]\n", "c.toml:1:1: [[hypervisor.qemu]] is an array of tables")]
    public void Parse_NotToml_NamesPlace(string text, string expected)
    {
        var error = Assert.Throws<KataException>(() => ConfigurationLoader.Parse(text, "c.toml", EightCpus));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepNesting_IsRefused()
    {
        string text = "a = " + new string('[', 100_000);

        var error = Assert.Throws<KataException>(() => ConfigurationLoader.Parse(text, "c.toml", EightCpus));

        Assert.Contains("nested more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DottedKeysAndInlineTables_AreTables()
    {
        LoadedConfiguration loaded = ConfigurationLoader.Parse(
            "hypervisor.qemu.kernel = \"/a\"\nhypervisor.qemu.initrd = \"/b\"\n[agent]\nkata = { container_pipe_size = 7 }\n", "c.toml", EightCpus);

        Assert.Equal("/b", loaded.Configuration.RequireQemu().Assets.Initrd);
        Assert.Equal(7, loaded.Configuration.Agent.ContainerPipeSize);
        Assert.Empty(loaded.Warnings);
    }
}
