using System.Text;

using Kata.Oci.Images;
using Kata.Primitives;

namespace Kata.Oci.Tests;

public sealed class ImageJsonTests
{
    private const string Sha = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void ReadManifest_OfAnImage_ReadsConfigAndLayers()
    {
        ImageManifest manifest = ImageJson.ReadManifest(
            Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{"mediaType":"{{MediaTypes.OciConfig}}","digest":"{{Sha}}","size":7 },
             "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{{Sha}}","size":9,"annotations":{"a":"b"} }]}
            """),
            "manifest");

        Assert.Equal(Sha, manifest.Config!.Digest.ToString());
        Descriptor layer = Assert.Single(manifest.Layers);
        Assert.Equal(9, layer.Size);
        Assert.Equal(LayerCompression.Gzip, MediaTypes.LayerCompressionOf(layer.MediaType));
    }

    [Fact]
    public void ReadConfig_OfDocker_ReadsDefaultsAndDiffIds()
    {
        ImageConfig config = ImageJson.ReadConfig(
            Encoding.UTF8.GetBytes($$$"""
            {"architecture":"amd64","os":"linux","config":{"User":"www","Env":["A=b"],"Entrypoint":null,"Cmd":["sh"],"WorkingDir":"/srv","Volumes":{"/d":{} } },
             "rootfs":{"type":"layers","diff_ids":["{{{Sha}}}"]},"history":[{"created_by":"x"}]}
            """),
            "config");

        Assert.Equal("www", config.Config!.User);
        Assert.Empty(config.Config.Entrypoint);
        Assert.Equal(["sh"], config.Config.Cmd);
        Assert.Equal(Sha, Assert.Single(config.Rootfs!.DiffIds).ToString());
    }

    [Fact]
    public void ReadDockerManifest_OfSave_ListsImages()
    {
        DockerArchiveImage image = Assert.Single(ImageJson.ReadDockerManifest("""[{"Config":"c.json","RepoTags":["a:b"],"Layers":["l/layer.tar"]}]"""u8, "manifest.json"));

        Assert.Equal("c.json", image.Config);
        Assert.Equal(["l/layer.tar"], image.Layers);
    }

    [Theory]
    [InlineData("sha256:../../../../etc/passwd")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("sha256:e3b0")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("")]
    [InlineData(":")]
    public void ReadManifest_BadDigest_NamesThePath(string digest)
    {
        KataException error = Assert.Throws<KataException>(
            () => ImageJson.ReadManifest(Encoding.UTF8.GetBytes($$"""{"layers":[{"digest":"{{digest}}"}]}"""), "manifest"));

        Assert.StartsWith("manifest: $.layers[0].digest: expected a digest", error.Message, StringComparison.Ordinal);
        Assert.False(Digest.TryParse(digest, out _));
    }

    [Fact]
    public void Digest_Default_IsEmpty()
    {
        Assert.True(default(Digest).IsEmpty);
        Assert.Equal("", default(Digest).ToString());
        Assert.False(Digest.Parse(Sha).IsEmpty);
        Assert.Equal(Digest.Parse(Sha), Digest.FromSha256(System.Security.Cryptography.SHA256.HashData([])));
    }
}
