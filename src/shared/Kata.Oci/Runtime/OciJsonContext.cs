using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    AllowDuplicateProperties = false,
    MaxDepth = JsonDocumentReader.MaxDepth)]
[JsonSerializable(typeof(Spec))]
[JsonSerializable(typeof(State))]
internal sealed partial class OciJsonContext : JsonSerializerContext;
