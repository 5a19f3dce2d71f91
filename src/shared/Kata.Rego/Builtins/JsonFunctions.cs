using System.Text.Json;
using Kata.Primitives;
using Kata.Rego.Data;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions that read and write JSON, and that take documents apart by paths.</summary>
internal static class JsonFunctions
{
    private const int MaxJson = 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = RegoValue.MaxDepth - 1 };

    public static readonly Builtin[] All =
    [
        new("json.marshal", 1, static (c, a) => Marshal(c, a[0])),
        new("json.unmarshal", 1, static (c, a) => a[0] is RegoString text ? Unmarshal(c, text.Value) : null),
        new("json.is_valid", 1, static (c, a) => RegoValue.Of(a[0] is RegoString text && Unmarshal(c, text.Value) is not null)),
        new("json.filter", 2, static (c, a) => a[0] is RegoObject && PathTree.Of(c, a[1]) is { } paths ? paths.Keep(c, a[0]) ?? RegoObject.Empty : null),
        new("json.remove", 2, static (c, a) => a[0] is RegoObject && PathTree.Of(c, a[1]) is { } paths ? paths.Drop(c, a[0]) ?? RegoObject.Empty : null),
        new("json.patch", 2, static (c, a) => a[1] is RegoArray operations ? Patch(c, a[0], operations) : null),
    ];

    private static RegoValue? Marshal(BuiltinContext context, RegoValue value)
    {
        context.Budget.Cells(value.Weight);
        return RegoText.Json(value, MaxJson) is { } json ? context.Text(json) : null;
    }

    private static RegoValue? Unmarshal(BuiltinContext context, string text)
    {
        context.Budget.Text(4L * text.Length);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Strict);
            return Read(context, document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return null; // no JSON, or a text in it that is none: for the language a value that is not there
        }
    }

    private static RegoValue? Read(BuiltinContext context, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return context.Text(element.GetString()!);
            case JsonValueKind.Number:
                return RegoNumber.Parse(element.GetRawText());
            case JsonValueKind.Array:
                var items = new List<RegoValue>();
                foreach (JsonElement item in element.EnumerateArray())
                {
                    items.Add(Read(context, item) ?? throw new JsonException("a number that is too large"));
                }

                return context.Array(items);
            case JsonValueKind.Object:
                var members = new List<KeyValuePair<string, RegoValue>>();
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    context.Budget.Cells(2);
                    members.Add(new(member.Name, Read(context, member.Value) ?? throw new JsonException("a number that is too large")));
                }

                return RegoObject.Of(members);
            default:
                return element.ValueKind == JsonValueKind.Null ? RegoValue.Null : RegoValue.Of(element.ValueKind == JsonValueKind.True);
        }
    }

    private static RegoValue? Patch(BuiltinContext context, RegoValue document, RegoArray operations)
    {
        // Each operation may copy every object and array on its path.
        context.Budget.Cells(16L * operations.Items.Count);
        context.Budget.Steps((document.Weight + operations.Weight) * (1 + operations.Items.Count));
        try
        {
            RegoValue changed = DocumentPatch.ApplyTo(document, operations, MaxJson);
            context.Budget.Cells(changed.Weight);
            return changed;
        }
        catch (KataException error) when (error.Code == ErrorCode.InvalidArgument)
        {
            return null;
        }
    }
}
