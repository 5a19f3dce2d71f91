using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>Reads capabilities in both forms: the five sets, and the single list of specifications before 1.0, which stands for all five.</summary>
internal sealed class CapabilitiesConverter : JsonConverter<LinuxCapabilities>
{
    // The kernel knows 41; more than this is no capability list.
    private const int MaxNames = 128;

    public override LinuxCapabilities Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            IReadOnlyList<string> all = ReadNames(ref reader);
            return new LinuxCapabilities { Bounding = all, Effective = all, Inheritable = all, Permitted = all, Ambient = all };
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object of capability sets, or a list of capabilities");
        }

        var capabilities = new LinuxCapabilities();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string set = reader.GetString()!;
            reader.Read();
            capabilities = set switch
            {
                "bounding" => capabilities with { Bounding = ReadNames(ref reader) },
                "effective" => capabilities with { Effective = ReadNames(ref reader) },
                "inheritable" => capabilities with { Inheritable = ReadNames(ref reader) },
                "permitted" => capabilities with { Permitted = ReadNames(ref reader) },
                "ambient" => capabilities with { Ambient = ReadNames(ref reader) },
                _ => SkipUnknown(ref reader, capabilities),
            };
        }

        return capabilities;
    }

    public override void Write(Utf8JsonWriter writer, LinuxCapabilities value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        WriteNames(writer, "bounding", value.Bounding);
        WriteNames(writer, "effective", value.Effective);
        WriteNames(writer, "inheritable", value.Inheritable);
        WriteNames(writer, "permitted", value.Permitted);
        WriteNames(writer, "ambient", value.Ambient);
        writer.WriteEndObject();
    }

    private static LinuxCapabilities SkipUnknown(ref Utf8JsonReader reader, LinuxCapabilities capabilities)
    {
        reader.Skip();
        return capabilities;
    }

    private static IReadOnlyList<string> ReadNames(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return [];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("expected a list of capabilities");
        }

        var names = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String || names.Count == MaxNames)
            {
                throw new JsonException($"expected at most {MaxNames} capabilities, each as text");
            }

            names.Add(reader.GetString()!);
        }

        return names;
    }

    private static void WriteNames(Utf8JsonWriter writer, string set, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(set);
        foreach (string name in names)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
    }
}
