using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kata.Oci.Tests;

internal static class TestFiles
{
    public static string Path(string name, [CallerFilePath] string source = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(source)!, "data", name);

    public static IEnumerable<string> FuzzCorpus([CallerFilePath] string source = "") =>
        Directory.GetFiles(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(source)!, "../../fuzz/Kata.Oci/corpus")).Order(StringComparer.Ordinal);

    /// <summary>The document with sorted keys, so that two can be compared.</summary>
    public static string Normalize(ReadOnlySpan<byte> json) => Sort(JsonNode.Parse(json)!).ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    private static JsonNode Sort(JsonNode node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, p.Value is null ? null : Sort(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(n => n is null ? null : Sort(n))]),
        _ => node.DeepClone(),
    };
}
