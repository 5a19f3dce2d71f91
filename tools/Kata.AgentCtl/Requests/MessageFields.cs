using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.Primitives;

namespace Kata.AgentCtl.Requests;

/// <summary>Finds fields of messages by name.</summary>
internal static class MessageFields
{
    /// <summary>An empty message of a type.</summary>
    public static IMessage New(MessageDescriptor type) => type.Parser.ParseFrom(ByteString.Empty);

    /// <summary>The field of a name, as the protocol or its JSON form writes it, whatever the case; null if there is none.</summary>
    public static FieldDescriptor? Find(MessageDescriptor type, string name)
    {
        FieldDescriptor? loose = null;
        foreach (FieldDescriptor field in type.Fields.InDeclarationOrder())
        {
            if (field.Name == name || field.JsonName == name)
            {
                return field;
            }

            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || field.JsonName.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                loose = field;
            }
        }

        return loose;
    }

    /// <summary>The complaint about a name that is no field.</summary>
    public static string Unknown(MessageDescriptor type, string name, IEnumerable<string>? alsoKnown = null)
    {
        List<string> names = [.. (alsoKnown ?? []).Union(type.Fields.InDeclarationOrder().Select(field => field.Name))];
        string shown = Printable.Escape(name, maxLength: 64);
        string hint = Spelling.Nearest(name, names) is { } near ? $"; did you mean {near}?" : names.Count == 0 ? "; it has none" : $"; it has {string.Join(", ", names)}";
        return $"{type.Name} has no field {shown}{hint}";
    }
}
