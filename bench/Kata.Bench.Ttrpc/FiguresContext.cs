using System.Text.Json.Serialization;

namespace Kata.Bench.Ttrpc;

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TtrpcFigures))]
internal sealed partial class FiguresContext : JsonSerializerContext;
