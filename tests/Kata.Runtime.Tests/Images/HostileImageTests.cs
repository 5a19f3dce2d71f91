using Kata.Primitives;
using Kata.Runtime.Images;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Runtime.Tests.Images;

/// <summary>Images made to hurt the host. Each is refused, or stays inside, and leaves nothing behind.</summary>
public sealed class HostileImageTests
{
    private static ContainerRoot Attach(ImageStore store, string id, PreparedImage image)
    {
        ContainerRoot root = store.CreateRoot(id);
        root.Attach(image);
        return root;
    }

    private static readonly ImageLimits Small = new() { EntriesPerLayer = 50, LayerSize = ByteSize.FromMebibytes(1), Layers = 3, ArchiveEntries = 20, Manifests = 5, PathDepth = 8, PathLength = 200 };

    public static TheoryData<string, byte[]> Layers => new()
    {
        { "leaves the image by \"..\"", new TarBuilder().File("../escaped", "x").Finish() },
        { "leaves the image by \"..\"", new TarBuilder().File("a/../../escaped", "x").Finish() },
        { "leaves the image by \"..\"", new TarBuilder().Directory("..").Finish() },
        { "leaves the image by \"..\"", new TarBuilder().HardLink("shadow", "../../../../etc/shadow").Finish() },
        { "which is no file of the image", new TarBuilder().HardLink("shadow", "/etc/shadow").Finish() },
        { "ELOOP", new TarBuilder().SymbolicLink("etc", "/etc").HardLink("shadow", "etc/shadow").Finish() },
        { "which is no file of the image", new TarBuilder().Directory("d").HardLink("d2", "d").Finish() },
        { "character device 0:0", new TarBuilder().Device('3', "wh", 0, 0).Finish() },
        { "empty or too long target", new TarBuilder().SymbolicLink("a", "").Finish() },
        { "marks nothing as deleted", new TarBuilder().File("a/b").File("a/.wh...").Finish() },
        { "marks nothing as deleted", new TarBuilder().File("a/b").File("a/.wh..").Finish() },
        { "marks nothing as deleted", new TarBuilder().File("a/b").File("a/.wh.").Finish() },
        { "root of the image is not a directory", new TarBuilder().SymbolicLink("./", "/etc").Finish() },
        { "is deeper than 8", new TarBuilder().Directory("1/2/3/4/5/6/7/8/9").Finish() },
        { "is longer than 200", new TarBuilder().LongName(new string('x', 201)).File("a").Finish() },
        { "component longer than 255", new TarBuilder().LongName(new string('x', 256)).File("a").Finish() },
        { "more than 50 entries", Many(51) },
        { "more than the 1048576 bytes", new TarBuilder().File("zeros", new string('\0', 2 << 20)).Finish() },
        { "more than the 1048576 bytes", new TarBuilder().File("a").Raw(new byte[2 << 20]).Finish() },
        { "cut off", new TarBuilder().File("a", "b", claimedSize: 1L << 32).Finish() },
        { "not a tar archive", [.. Enumerable.Repeat((byte)7, 4096)] },
        { "ELOOP", new TarBuilder().SymbolicLink("a", "b").SymbolicLink("b", "a").File("a/x").Finish() },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public async Task PrepareAsync_HostileLayer_IsRefusedAndLeavesNothing(string problem, byte[] layer)
    {
        ImageLimits limits = problem.Contains("255", StringComparison.Ordinal) ? Small with { PathLength = 4095 } : Small;
        using ImageDirectory image = new ImageDirectory().Write([layer]);

        KataException error = await RefusedAsync(image, image.Layout, limits);

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrepareAsync_LinksInTheWay_EndInsideTheImage()
    {
        using var image = new ImageDirectory();
        string outside = Directory.CreateDirectory(image["outside"]).FullName;
        byte[] layer = new TarBuilder()
            .Directory(outside[1..]).SymbolicLink("up", "../../../../../../../../.." + outside).File("up/1", "x")
            .SymbolicLink("absolute", outside).File("absolute/2", "x")
            .SymbolicLink("twice", "absolute").File("twice/3", "x")
            .SymbolicLink("file", outside + "/4").File("file", "replaced, not followed").Finish();
        image.Write([layer]);

        PreparedImage prepared = await new ImageStore(image.Store, limits: null, NullLogger.Instance)
            .PrepareAsync(ImageSource.Parse(image.Layout), progress: null, TestContext.Current.CancellationToken);

        string root = Assert.Single(prepared.Directories);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.Equal(["1", "2", "3"], Directory.EnumerateFiles(root + outside).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("replaced, not followed", File.ReadAllText(Path.Combine(root, "file")));
    }

    [Fact]
    public async Task PrepareAsync_AbsoluteAndDuplicateEntries_LandInsideAndTheLastWins()
    {
        byte[] layer = new TarBuilder()
            .File("/etc/absolute", "inside").File("a", "1").File("a", "2").Directory("b").File("b/x").File("b", "now a file").File("c").Directory("c").File("c/y", "z")
            .HardLink("a", "etc/absolute").Finish();
        using ImageDirectory image = new ImageDirectory().Write([layer]);

        PreparedImage prepared = await new ImageStore(image.Store, limits: null, NullLogger.Instance)
            .PrepareAsync(ImageSource.Parse(image.Layout), progress: null, TestContext.Current.CancellationToken);

        string root = Assert.Single(prepared.Directories);
        Assert.Equal("inside", File.ReadAllText(Path.Combine(root, "etc/absolute")));
        Assert.Equal("inside", File.ReadAllText(Path.Combine(root, "a")));
        Assert.Equal("now a file", File.ReadAllText(Path.Combine(root, "b")));
        Assert.Equal("z", File.ReadAllText(Path.Combine(root, "c/y")));
        Assert.False(File.Exists("/etc/absolute"));
    }

    [Fact]
    public async Task PrepareAsync_AttributesThatSteerTheHost_AreNotTakenOver()
    {
        byte[] layer = new TarBuilder()
            .Pax(("SCHILY.xattr.trusted.overlay.opaque", "y"), ("SCHILY.xattr.trusted.overlay.redirect", "/etc"), ("SCHILY.xattr.security.selinux", "x"), ("SCHILY.xattr.user.ok", "1"))
            .Directory("d").Finish();
        using ImageDirectory image = new ImageDirectory().Write([layer]);

        PreparedImage prepared = await new ImageStore(image.Store, limits: null, NullLogger.Instance)
            .PrepareAsync(ImageSource.Parse(image.Layout), progress: null, TestContext.Current.CancellationToken);

        using Kata.Linux.Fd root = Kata.Linux.Fd.Open(Assert.Single(prepared.Directories), Kata.Linux.OpenFlags.Path);
        Assert.DoesNotContain(Kata.Linux.Paths.ExtendedAttributes.List(root, "d"), name => name != "user.ok");
    }

    [Fact]
    public async Task PrepareAsync_DevicesInTheImage_CannotBeOpenedThroughTheRoot()
    {
        using ImageDirectory image = new ImageDirectory().Write([new TarBuilder().Device('3', "zero", 1, 5).Finish()]);
        var store = new ImageStore(image.Store, limits: null, NullLogger.Instance);
        PreparedImage prepared = await store.PrepareAsync(ImageSource.Parse(image.Layout), progress: null, TestContext.Current.CancellationToken);

        using ContainerRoot root = Attach(store, "c1", prepared);

        Assert.Throws<UnauthorizedAccessException>(() => File.ReadAllBytes(Path.Combine(root.Directory, "zero")).Length);
    }

    [Fact]
    public async Task PrepareAsync_BlobChanged_IsRefused()
    {
        using ImageDirectory image = new ImageDirectory().Write([new TarBuilder().File("a", "b").Finish()], gzip: false);
        string blob = Directory.EnumerateFiles(Path.Combine(image.Layout, "blobs/sha256")).MaxBy(f => new FileInfo(f).Length)!;
        byte[] data = File.ReadAllBytes(blob);
        data[520] ^= 1;
        File.WriteAllBytes(blob, data);

        Assert.Contains("damaged or was tampered with", (await RefusedAsync(image, image.Layout, Small)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrepareAsync_BlobCutOffOrLonger_IsRefused()
    {
        using ImageDirectory image = new ImageDirectory().Write([new TarBuilder().File("a", new string('x', 3000)).Finish()]);
        string blob = Directory.EnumerateFiles(Path.Combine(image.Layout, "blobs/sha256")).Single(f => File.ReadAllBytes(f)[0] == 0x1F);
        byte[] data = File.ReadAllBytes(blob);

        File.WriteAllBytes(blob, data[..^10]);
        await RefusedAsync(image, image.Layout, Small);
        File.WriteAllBytes(blob, [.. data, 1, 2, 3]);
        await RefusedAsync(image, image.Layout, Small);
        File.Delete(blob);
        Assert.Equal(ErrorCode.NotFound, (await RefusedAsync(image, image.Layout, Small)).Code);
    }

    [Fact]
    public async Task PrepareAsync_WrongDiffId_IsRefused()
    {
        using ImageDirectory image = new ImageDirectory().Write([new TarBuilder().File("a").Finish()], diffIds: ["sha256:" + new string('0', 64)]);

        Assert.Contains("its digest is sha256:", (await RefusedAsync(image, image.Layout, Small)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrepareAsync_CompressionBomb_StopsAtTheLimit()
    {
        byte[] bomb = new TarBuilder().File("zeros", new string('\0', 64 << 20)).Finish();
        using ImageDirectory image = new ImageDirectory().Write([bomb]);

        KataException error = await RefusedAsync(image, image.Layout, Small);

        Assert.Equal(ErrorCode.ResourceExhausted, error.Code);
    }

    [Fact]
    public async Task PrepareAsync_ArchiveBombs_AreRefused()
    {
        using var image = new ImageDirectory();
        File.WriteAllBytes(image["big.tar"], ImageDirectory.Compress(new byte[2 << 20]));
        File.WriteAllBytes(image["many.tar"], Many(21));
        File.WriteAllBytes(image["none.tar"], new TarBuilder().File("a").Finish());
        File.WriteAllBytes(image["gzip.tar"], [0x1F, 0x8B, 8, 0, 1, 2, 3]);

        Assert.Equal(ErrorCode.ResourceExhausted, (await RefusedAsync(image, image["big.tar"], Small)).Code);
        Assert.Equal(ErrorCode.ResourceExhausted, (await RefusedAsync(image, image["many.tar"], Small)).Code);
        Assert.Contains("is no image", (await RefusedAsync(image, image["none.tar"], Small)).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.InvalidArgument, (await RefusedAsync(image, image["gzip.tar"], Small)).Code);
    }

    [Fact]
    public async Task PrepareAsync_OtherMachineOrTooManyLayersOrOddTypes_AreRefused()
    {
        byte[] layer = new TarBuilder().File("a").Finish();
        using (ImageDirectory other = new ImageDirectory().Write([layer], architecture: "s390x"))
        {
            Assert.Contains("image for linux/s390x, but this machine runs linux/", (await RefusedAsync(other, other.Layout, Small)).Message, StringComparison.Ordinal);
        }

        using (ImageDirectory many = new ImageDirectory().Write([layer, layer, layer, layer]))
        {
            Assert.Equal(ErrorCode.ResourceExhausted, (await RefusedAsync(many, many.Layout, Small)).Code);
        }

        using ImageDirectory odd = new ImageDirectory().Write([layer], mediaTypes: ["application/wasm"]);
        Assert.Contains("$.layers[0].mediaType: \"application/wasm\" is not supported", (await RefusedAsync(odd, odd.Layout, Small)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_NoSuchPath_IsNotFound() =>
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<KataException>(() => ImageSource.Parse("/nonexistent/image:latest")).Code);

    private static byte[] Many(int count)
    {
        var tar = new TarBuilder();
        for (int i = 0; i < count; i++)
        {
            tar.File($"f{i}");
        }

        return tar.Finish();
    }

    private static async Task<KataException> RefusedAsync(ImageDirectory image, string source, ImageLimits limits)
    {
        var store = new ImageStore(image.Store, limits, NullLogger.Instance);
        KataException error = await Assert.ThrowsAsync<KataException>(
            () => store.PrepareAsync(ImageSource.Parse(source), progress: null, TestContext.Current.CancellationToken));
        foreach (string directory in (string[])["tmp", "layers"])
        {
            string path = Path.Combine(image.Store, directory);
            Assert.True(!Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any());
        }

        return error;
    }
}
