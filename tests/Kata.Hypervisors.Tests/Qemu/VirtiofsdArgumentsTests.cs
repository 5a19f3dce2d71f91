using Kata.Configuration;
using Kata.Hypervisors.Qemu.Virtiofs;
using Kata.Primitives;

namespace Kata.Hypervisors.Tests.Qemu;

public sealed class VirtiofsdArgumentsTests
{
    private static readonly SharedFilesConfiguration Shared = Settings.Default.SharedFiles;

    [Theory]
    [InlineData("    -o source=PATH             shared directory tree\n    --fd=FDNUM", "C")]
    [InlineData("Options:\n      --shared-dir <SHARED_DIR>\n  -o <COMPAT_OPTIONS>  such as -o source=x", "Rust")]
    [InlineData("usage: cat [OPTION]... [FILE]...", null)]
    [InlineData("", null)]
    public void Recognise_HelpText_TellsTheDialect(string help, string? expected) => Assert.Equal(expected, VirtiofsdArguments.Recognise(help)?.ToString());

    [Fact]
    public void Build_C_IsAsAgreed() => Assert.Equal(
        ["-f", "--fd=3", "-o", "source=/run/a\\,b", "-o", "cache=auto", "-o", "sandbox=namespace", "-o", "no_posix_lock", "-o", "log_level=warn", "--thread-pool-size=1"],
        VirtiofsdArguments.Build(VirtiofsdDialect.C, "/run/a,b", 3, Shared));

    [Fact]
    public void Build_Rust_IsAsAgreed() => Assert.Equal(
        ["--fd", "3", "--shared-dir", "/run/a,b", "--cache", "never", "--sandbox", "namespace", "--log-level", "warn",
            "--announce-submounts", "--xattr", "--thread-pool-size=4", "--timeout=1"],
        VirtiofsdArguments.Build(VirtiofsdDialect.Rust, "/run/a,b", 3, Shared with
        {
            VirtioFsCache = VirtioFsCache.Never,
            VirtioFsExtraArguments = ["-o", "announce_submounts,no_posix_lock,xattr", "--thread-pool-size=4", "-otimeout=1"],
        }));

    [Fact]
    public void Build_CWithMetadataCache_IsUnsupportedByKey()
    {
        KataException error = Assert.Throws<KataException>(
            () => VirtiofsdArguments.Build(VirtiofsdDialect.C, "/x", 3, Shared with { VirtioFsCache = VirtioFsCache.Metadata }));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains("hypervisor.qemu.virtio_fs_cache", error.Message, StringComparison.Ordinal);
    }
}
