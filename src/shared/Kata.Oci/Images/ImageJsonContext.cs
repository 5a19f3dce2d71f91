using System.Text.Json.Serialization;

namespace Kata.Oci.Images;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    AllowDuplicateProperties = false,
    MaxDepth = JsonDocumentReader.MaxDepth)]
[JsonSerializable(typeof(ImageLayout))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(IReadOnlyList<DockerArchiveImage>))]
internal sealed partial class ImageJsonContext : JsonSerializerContext;
