using Kata.Primitives;

namespace Kata.Configuration.Tests;

public sealed class ConfigurationFilesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kata-config-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Resolve_PathGiven_WinsOverVariableAndDefaults()
    {
        string a = Write("a.toml", string.Empty);
        string b = Write("b.toml", string.Empty);

        Assert.Equal(a, ConfigurationFiles.Resolve(a, b, [b]));
        Assert.Equal(b, ConfigurationFiles.Resolve(null, b, [a]));
        Assert.Equal(a, ConfigurationFiles.Resolve(null, null, [Path.Combine(_directory.FullName, "none"), a, b]));
    }

    [Fact]
    public void Resolve_Link_IsFollowed()
    {
        string target = Write("configuration-qemu.toml", string.Empty);
        string link = Path.Combine(_directory.FullName, "configuration.toml");
        File.CreateSymbolicLink(link, "configuration-qemu.toml");

        Assert.Equal(target, ConfigurationFiles.Resolve(link));
    }

    [Fact]
    public void Resolve_NothingThere_SaysWhereItLooked()
    {
        var error = Assert.Throws<KataException>(() => ConfigurationFiles.Resolve(null, null, ["/nowhere/a", "/nowhere/b"]));

        Assert.Equal(ErrorCode.NotFound, error.Code);
        Assert.Contains("/nowhere/a, /nowhere/b", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DropIns_OverrideSingleKeysInOrder()
    {
        string main = Write("configuration.toml", """
            [hypervisor.qemu]
            kernel = "/k"
            initrd = "/i"
            default_memory = 512
            enable_annotations = ["a", "b"]
            """);
        Write("config.d/20-b.toml", "[hypervisor.qemu]\ndefault_memory = 768\n");
        Write("config.d/10-a.toml", "[hypervisor.qemu]\ndefault_memory = 640\nenable_annotations = [\"c\"]\nmisspelt = 1\n");
        Write("config.d/30-c.txt", "not read");

        LoadedConfiguration loaded = ConfigurationLoader.Load(main);

        QemuConfiguration qemu = loaded.Configuration.RequireQemu();
        Assert.Equal(768, qemu.Memory.Size.Mebibytes);
        Assert.Equal(["c"], qemu.Annotations.Enabled);
        Assert.Equal("/k", qemu.Assets.Kernel);
        Assert.EndsWith("10-a.toml", Assert.Single(loaded.Warnings).Location.File, StringComparison.Ordinal);
        Assert.EndsWith("20-b.toml:2:1)", loaded.Configuration.Describe("hypervisor.qemu.default_memory"), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HugeFile_IsRefused()
    {
        string file = Write("huge.toml", new string('#', 5 << 20));

        var error = Assert.Throws<KataException>(() => ConfigurationLoader.Load(file));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains("larger than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NotUtf8_IsRefused()
    {
        string file = Path.Combine(_directory.FullName, "binary.toml");
        File.WriteAllBytes(file, [0x61, 0xff, 0xfe]);

        var error = Assert.Throws<KataException>(() => ConfigurationLoader.Load(file));

        Assert.Contains("not UTF-8", error.Message, StringComparison.Ordinal);
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(_directory.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }
}
