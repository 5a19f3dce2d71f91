using System.Text.Json;

namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>One line from QEMU, taken apart as far as the protocol's envelope goes.</summary>
internal readonly record struct QmpMessage(QmpMessageKind Kind, long Id, string Text, JsonElement Payload)
{
    /// <summary>The deepest nesting accepted; QEMU's own replies stay below ten.</summary>
    public const int MaxDepth = 24;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">Not JSON, nested too deeply, or not a message of the protocol.</exception>
    public static QmpMessage Parse(ReadOnlyMemory<byte> line)
    {
        using JsonDocument document = JsonDocument.Parse(line, Options);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("not an object");
        }

        if (root.TryGetProperty("event"u8, out JsonElement name))
        {
            return new QmpMessage(QmpMessageKind.Event, 0, RequireText(name), Copy(root, "data"u8));
        }

        if (root.TryGetProperty("return"u8, out JsonElement value))
        {
            return new QmpMessage(QmpMessageKind.Return, ReadId(root), string.Empty, value.Clone());
        }

        if (root.TryGetProperty("error"u8, out JsonElement error))
        {
            return new QmpMessage(QmpMessageKind.Error, ReadId(root), ErrorText(error), default);
        }

        return root.TryGetProperty("QMP"u8, out JsonElement greeting)
            ? new QmpMessage(QmpMessageKind.Greeting, 0, string.Empty, greeting.Clone())
            : throw new JsonException("neither a greeting, a reply nor an event");
    }

    private static JsonElement Copy(JsonElement root, ReadOnlySpan<byte> property) =>
        root.TryGetProperty(property, out JsonElement value) ? value.Clone() : default;

    // Replies to commands without an id (or with a broken one) cannot be ours; 0 is never issued.
    private static long ReadId(JsonElement root) =>
        root.TryGetProperty("id"u8, out JsonElement id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out long value) ? value : 0;

    private static string ErrorText(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object && error.TryGetProperty("desc"u8, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? RequireText(text)
            : "no description";

    private static string RequireText(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw new JsonException("a name is not text");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("text is not valid UTF-8", error);
        }
    }
}
