using Kata.Primitives;
using Kata.Runtime.Images;
using Microsoft.Extensions.Logging.Abstractions;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Kata.Runtime.Tests.Images;

/// <summary>Layers and archives compressed with Zstandard: read when they are sound, refused when they are not.</summary>
public sealed class ZstandardTests
{
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar+zstd";

    private static readonly byte[] Tar = new TarBuilder().File("hello", string.Concat(Enumerable.Range(0, 20_000))).Finish();

    [Fact]
    public async Task PrepareAsync_Layer_IsUnpackedAndChecked()
    {
        using ImageDirectory image = Image(Pack(Tar));

        using PreparedImage prepared = await PrepareAsync(image, image.Layout);

        Assert.StartsWith("01234567891011", File.ReadAllText(Path.Combine(Assert.Single(prepared.Directories), "hello")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrepareAsync_SeveralFramesAndSkippableOnes_AreOneLayer()
    {
        // As zstd:chunked writes them: the layer in many frames, and its table of contents where other readers skip it.
        byte[] skippable = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
        int half = Tar.Length / 2;
        using ImageDirectory image = Image([.. Pack(Tar[..half]), .. skippable, .. Pack(Tar[half..]), .. skippable]);

        using PreparedImage prepared = await PrepareAsync(image, image.Layout);

        Assert.True(File.Exists(Path.Combine(Assert.Single(prepared.Directories), "hello")));
    }

    [Fact]
    public async Task PrepareAsync_Archive_IsRead()
    {
        using ImageDirectory image = new ImageDirectory().Write([Tar]);
        var archive = new TarBuilder();
        foreach (string file in Directory.EnumerateFiles(image.Layout, "*", SearchOption.AllDirectories))
        {
            archive.Entry('0', Path.GetRelativePath(image.Layout, file), File.ReadAllBytes(file));
        }

        File.WriteAllBytes(image["image.tar.zst"], Pack(archive.Finish()));

        using PreparedImage prepared = await PrepareAsync(image, image["image.tar.zst"]);

        Assert.Single(prepared.Directories);
    }

    public static TheoryData<string, byte[]> Damaged { get; } = new()
    {
        { "cut off", Pack(Tar)[..^100] },
        { "garbage", [0x28, 0xB5, 0x2F, 0xFD, 1, 2, 3, 4] },
        { "a bit flipped", Flip(Pack(Tar)) },
        { "something behind it", [.. Pack(Tar), 1, 2, 3, 4, 5, 6, 7, 8] },
        // A frame header that asks for a window of 2 GiB: descriptor without content size, window descriptor 21 << 3.
        { "a window of 2 GiB", [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 1, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public async Task PrepareAsync_Damaged_IsRefusedAndLeavesNothing(string what, byte[] packed)
    {
        using ImageDirectory image = Image(packed);

        KataException error = await Assert.ThrowsAsync<KataException>(() => PrepareAsync(image, image.Layout));

        Assert.True(error.Code == ErrorCode.InvalidArgument, $"{what}: {error.Code}: {error.Message}");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(image.Store, "layers")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(image.Store, "tmp")));
    }

    [Fact]
    public async Task PrepareAsync_Bomb_StopsAtTheLimit()
    {
        byte[] bomb = new TarBuilder().File("zeros", new string('\0', 64 << 20)).Finish();
        using ImageDirectory image = Image(Pack(bomb), bomb);

        KataException error = await Assert.ThrowsAsync<KataException>(() => PrepareAsync(image, image.Layout, ImageLimits.Default with { LayerSize = ByteSize.FromMebibytes(1) }));

        Assert.Equal(ErrorCode.ResourceExhausted, error.Code);
    }

    private static ImageDirectory Image(byte[] packed, byte[]? plain = null) =>
        new ImageDirectory().Write([packed], gzip: false, diffIds: ["sha256:" + ImageDirectory.Sha(plain ?? Tar)], mediaTypes: [LayerType]);

    private static byte[] Pack(byte[] data)
    {
        using var compressor = new Compressor(level: 3);
        compressor.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return compressor.Wrap(data).ToArray();
    }

    private static byte[] Flip(byte[] data)
    {
        data[data.Length / 2] ^= 0x10;
        return data;
    }

    private static Task<PreparedImage> PrepareAsync(ImageDirectory image, string source, ImageLimits? limits = null) =>
        new ImageStore(image.Store, limits, NullLogger.Instance).PrepareAsync(ImageSource.Parse(source), progress: null, TestContext.Current.CancellationToken);
}
