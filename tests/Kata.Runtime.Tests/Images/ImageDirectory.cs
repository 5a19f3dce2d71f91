using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Kata.Runtime.Tests.Images;

/// <summary>An OCI image layout in a temporary directory, with a store beside it; all of it is gone afterwards.</summary>
internal sealed class ImageDirectory : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("kata-image-").FullName;

    public string Layout => Path.Combine(_base, "layout");

    public string Store => Path.Combine(_base, "store");

    public string this[string name] => Path.Combine(_base, name);

    /// <summary>Writes an image with these layers, uncompressed or by gzip.</summary>
    public ImageDirectory Write(byte[][] layers, bool gzip = true, JsonObject? defaults = null, string[]? diffIds = null, string architecture = "", string[]? mediaTypes = null)
    {
        Directory.CreateDirectory(Path.Combine(Layout, "blobs/sha256"));
        var layerList = new JsonArray();
        for (int i = 0; i < layers.Length; i++)
        {
            string type = mediaTypes?[i] ?? (gzip ? "application/vnd.oci.image.layer.v1.tar+gzip" : "application/vnd.oci.image.layer.v1.tar");
            layerList.Add(AddBlob(gzip ? Compress(layers[i]) : layers[i], type));
        }

        JsonObject config = Config(layers, defaults, diffIds, architecture);
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["config"] = AddBlob(Encoding.UTF8.GetBytes(config.ToJsonString()), "application/vnd.oci.image.config.v1+json"),
            ["layers"] = layerList,
        };
        JsonObject descriptor = AddBlob(Encoding.UTF8.GetBytes(manifest.ToJsonString()), "application/vnd.oci.image.manifest.v1+json");
        descriptor["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "latest" };
        File.WriteAllText(Path.Combine(Layout, "index.json"), new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(descriptor) }.ToJsonString());
        File.WriteAllText(Path.Combine(Layout, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        return this;
    }

    public static JsonObject Config(byte[][] layers, JsonObject? defaults, string[]? diffIds, string architecture) => new()
    {
        ["architecture"] = architecture,
        ["os"] = "linux",
        ["config"] = defaults ?? new JsonObject(),
        ["rootfs"] = new JsonObject
        {
            ["type"] = "layers",
            ["diff_ids"] = new JsonArray([.. (diffIds ?? [.. layers.Select(l => "sha256:" + Sha(l))]).Select(d => (JsonNode)d)]),
        },
    };

    public JsonObject AddBlob(byte[] data, string mediaType)
    {
        File.WriteAllBytes(Path.Combine(Layout, "blobs/sha256", Sha(data)), data);
        return new JsonObject { ["mediaType"] = mediaType, ["digest"] = "sha256:" + Sha(data), ["size"] = data.Length };
    }

    public static string Sha(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));

    public static byte[] Compress(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }

    public void Dispose() => Kata.Linux.Paths.TreeRemover.Remove(_base);
}
