using System.Collections;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.Primitives;

namespace Kata.AgentCtl.Requests;

/// <summary>Reads JSON into a message, and says exactly what does not fit: the field, the line and the column.</summary>
internal sealed class MessageJsonReader
{
    private const int MaxDepth = 32;

    private readonly JsonPlace _place;

    /// <summary>Takes a document.</summary>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="json">UTF-8; comments are allowed.</param>
    public MessageJsonReader(string name, ReadOnlyMemory<byte> json) => _place = new JsonPlace(name, json);

    /// <summary>Sets the fields that the document has.</summary>
    /// <param name="message">The message; fields that the document does not name stay as they are.</param>
    /// <returns>The message's own fields that the document names.</returns>
    /// <exception cref="KataException">InvalidArgument: it is no JSON, or does not fit the message.</exception>
    public IReadOnlySet<FieldDescriptor> Merge(IMessage message)
    {
        var fields = new HashSet<FieldDescriptor>();
        Run((ref Utf8JsonReader reader) => ReadMessage(ref reader, message, "", fields));
        return fields;
    }

    /// <summary>Sets one field to the document's value.</summary>
    /// <exception cref="KataException">InvalidArgument: it is no JSON, or does not fit the field.</exception>
    public void SetField(IMessage message, FieldDescriptor field) =>
        Run((ref Utf8JsonReader reader) => ReadField(ref reader, message, field, field.Name));

    private void Run(ReadAction action)
    {
        var reader = new Utf8JsonReader(_place.Text.Span, new JsonReaderOptions { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Skip });
        try
        {
            if (!reader.Read())
            {
                throw _place.Error(0, "", "the document is empty");
            }

            action(ref reader);
            if (reader.Read())
            {
                throw _place.Error(reader.TokenStartIndex, "", "something follows the value");
            }
        }
        catch (JsonException error)
        {
            throw _place.Malformed(error);
        }
    }

    private void ReadMessage(ref Utf8JsonReader reader, IMessage message, string path, HashSet<FieldDescriptor>? seen = null)
    {
        Expect(ref reader, JsonTokenType.StartObject, path, $"an object of type {message.Descriptor.Name}");
        seen ??= [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            long at = reader.TokenStartIndex;
            FieldDescriptor field = MessageFields.Find(message.Descriptor, name) ?? throw _place.Error(at, path, MessageFields.Unknown(message.Descriptor, name));
            if (!seen.Add(field))
            {
                throw _place.Error(at, Join(path, name), "the field is there twice");
            }

            reader.Read();
            ReadField(ref reader, message, field, Join(path, name));
        }
    }

    private void ReadField(ref Utf8JsonReader reader, IMessage message, FieldDescriptor field, string path)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return; // as if it were not there
        }

        if (field.IsMap)
        {
            ReadMap(ref reader, (IDictionary)field.Accessor.GetValue(message), field, path);
        }
        else if (field.IsRepeated)
        {
            ReadList(ref reader, (IList)field.Accessor.GetValue(message), field, path);
        }
        else if (field.FieldType == FieldType.Message)
        {
            var inner = field.Accessor.GetValue(message) as IMessage ?? MessageFields.New(field.MessageType);
            ReadMessage(ref reader, inner, path);
            field.Accessor.SetValue(message, inner);
        }
        else
        {
            field.Accessor.SetValue(message, ReadScalar(ref reader, field, path));
        }
    }

    private void ReadList(ref Utf8JsonReader reader, IList list, FieldDescriptor field, string path)
    {
        Expect(ref reader, JsonTokenType.StartArray, path, "a list");
        list.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(ReadValue(ref reader, field, $"{path}[{list.Count}]"));
        }
    }

    private void ReadMap(ref Utf8JsonReader reader, IDictionary map, FieldDescriptor field, string path)
    {
        Expect(ref reader, JsonTokenType.StartObject, path, "an object of names and values");
        FieldDescriptor value = field.MessageType.FindFieldByNumber(2);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            map[key] = ReadValue(ref reader, value, $"{path}[{key}]"); // every map of the protocol has text for keys
        }
    }

    private object ReadValue(ref Utf8JsonReader reader, FieldDescriptor field, string path)
    {
        if (field.FieldType != FieldType.Message)
        {
            return ReadScalar(ref reader, field, path);
        }

        IMessage message = MessageFields.New(field.MessageType);
        ReadMessage(ref reader, message, path);
        return message;
    }

    private object ReadScalar(ref Utf8JsonReader reader, FieldDescriptor field, string path)
    {
        string? text = reader.TokenType switch
        {
            JsonTokenType.String when field.FieldType != FieldType.Bool => reader.GetString(),
            JsonTokenType.Number when field.FieldType is not (FieldType.String or FieldType.Bytes or FieldType.Bool) =>
                System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
            JsonTokenType.True when field.FieldType == FieldType.Bool => "true",
            JsonTokenType.False when field.FieldType == FieldType.Bool => "false",
            _ => null,
        };
        if (text is null)
        {
            throw _place.Error(reader.TokenStartIndex, path, $"expected {ScalarText.Expected(field)}, found {Describe(reader.TokenType)}");
        }

        return field.FieldType == FieldType.Bytes
            ? ScalarText.TryBase64(text) ?? throw _place.Error(reader.TokenStartIndex, path, "expected bytes in base64")
            : ScalarText.TryParse(field, text) ?? throw _place.Error(reader.TokenStartIndex, path, $"expected {ScalarText.Expected(field)}, found {Printable.Escape(text, 64)}");
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string path, string what)
    {
        if (reader.TokenType != type)
        {
            throw _place.Error(reader.TokenStartIndex, path, $"expected {what}, found {Describe(reader.TokenType)}");
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        JsonTokenType.Null => "null",
        _ => "the end of something",
    };

    private delegate void ReadAction(ref Utf8JsonReader reader);
}
