using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Kata.Oci;

/// <summary>Writes documents the way Go's <c>omitempty</c> does: readers that tell absent from empty exist.</summary>
internal sealed class JsonDocumentWriter(JsonSerializerContext context)
{
    private readonly JsonSerializerOptions _options = new(context.Options)
    {
        TypeInfoResolver = context.WithAddedModifier(LeaveOutEmptyCollections),
    };

    public byte[] Write<T>(T document) => JsonSerializer.SerializeToUtf8Bytes(document, (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T)));

    private static void LeaveOutEmptyCollections(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (typeof(IEnumerable).IsAssignableFrom(property.PropertyType) && property.PropertyType != typeof(string))
            {
                property.ShouldSerialize = static (_, value) => value is not (null or ICollection { Count: 0 });
            }
        }
    }
}
