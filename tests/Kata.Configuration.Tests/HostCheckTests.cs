using System.Diagnostics;
using System.Security.Cryptography;
using Kata.Primitives;

namespace Kata.Configuration.Tests;

public sealed class HostCheckTests : IDisposable
{
    private const string KernelHash = "io.katacontainers.config.hypervisor.kernel_hash";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kata-hostcheck-");

    public HostCheckTests()
    {
        foreach (string name in (string[])["qemu", "kernel", "initrd", "virtiofsd"])
        {
            File.WriteAllText(At(name), name);
        }

        foreach (string name in (string[])["qemu", "virtiofsd"])
        {
            File.SetUnixFileMode(At(name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void RequireUsable_AllThere_Passes() => HostCheck.RequireUsable(Load().Configuration);

    [Theory]
    [InlineData("qemu", "path", 2)]
    [InlineData("kernel", "kernel", 3)]
    [InlineData("initrd", "initrd", 4)]
    [InlineData("virtiofsd", "virtio_fs_daemon", 5)]
    public void RequireUsable_FileMissing_NamesPathAndKey(string file, string key, int line)
    {
        File.Delete(At(file));

        var error = Assert.Throws<KataException>(() => HostCheck.RequireUsable(Load().Configuration));

        Assert.Equal(ErrorCode.NotFound, error.Code);
        Assert.Equal($"{At(file)}: no such file; it is set by hypervisor.qemu.{key} (c.toml:{line}:1)", error.Message);
    }

    [Fact]
    public void RequireUsable_SharedFilesNot_NeedsNoDaemon()
    {
        File.Delete(At("virtiofsd"));

        HostCheck.RequireUsable(Load("shared_fs = \"virtio-9p\"").Configuration);
    }

    [Fact]
    public async Task RequireUsable_Fifo_IsRefusedWithoutBlocking()
    {
        File.Delete(At("kernel"));
        using Process mkfifo = Process.Start("mkfifo", At("kernel"));
        await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);

        var error = Assert.Throws<KataException>(() => HostCheck.RequireUsable(Load().Configuration));

        Assert.Contains("is empty or no regular file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireUsable_NotExecutableOrDirectoryOrBrokenLink_SaysSo()
    {
        File.SetUnixFileMode(At("qemu"), UnixFileMode.UserRead);
        File.Delete(At("kernel"));
        Directory.CreateDirectory(At("kernel"));
        File.Delete(At("initrd"));
        File.CreateSymbolicLink(At("initrd"), At("nowhere"));

        var error = Assert.Throws<KataException>(() => HostCheck.RequireUsable(Load().Configuration));

        Assert.Contains("qemu: is not executable", error.Message, StringComparison.Ordinal);
        Assert.Contains("kernel: is a directory", error.Message, StringComparison.Ordinal);
        Assert.Contains("initrd: no such file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireUsable_Hash_IsCompared()
    {
        string right = Convert.ToHexString(SHA512.HashData("kernel"u8));
        string wrong = new('0', 128);

        HostCheck.RequireUsable(Annotations.Apply(Load(), [KeyValuePair.Create(KernelHash, right)]).Configuration);
        var error = Assert.Throws<KataException>(
            () => HostCheck.RequireUsable(Annotations.Apply(Load(), [KeyValuePair.Create(KernelHash, wrong)]).Configuration));

        Assert.Contains("SHA-512", error.Message, StringComparison.Ordinal);
    }

    private LoadedConfiguration Load(string more = "") => ConfigurationLoader.Parse(
        $"""
        [hypervisor.qemu]
        path = "{At("qemu")}"
        kernel = "{At("kernel")}"
        initrd = "{At("initrd")}"
        virtio_fs_daemon = "{At("virtiofsd")}"
        enable_annotations = [".*"]
        {more}
        """,
        "c.toml");

    private string At(string name) => Path.Combine(_directory.FullName, name);
}
