using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Rego.Values;

namespace Kata.Agent.Policy;

/// <summary>
/// Shows requests to policies in the form that policies for upstream's agent expect: fields by the names of the protocol, all of them, also those that
/// are not set; messages that are not there as null; bytes as arrays of numbers; enumerations as numbers.
/// </summary>
internal static class RequestShape
{
    // A request of a few MB can hold millions of empty texts, each of which would become a value.
    private const int MaxParts = 200_000;

    private const int FileTypeMask = 0xF000;

    // Fields that upstream's messages do not have: docs/upstream-map.md.
    private const int FirstOfOurs = 1000;

    /// <summary>The document <c>input</c> for a request.</summary>
    /// <exception cref="KataException">ResourceExhausted: the request has too many parts. InvalidArgument: a link's target is no text.</exception>
    public static RegoValue Of(IMessage request)
    {
        if (request is CopyFileRequest copy)
        {
            return OfCopy(copy);
        }

        int parts = 0;
        return OfMessage(request, ref parts);
    }

    /// <summary>The name of a field in a policy: upstream's are fields of Rust structures, where a name that is a keyword ends with '_'.</summary>
    internal static string NameOf(FieldDescriptor field) => field.Name == "type" ? "type_" : field.Name;

    private static RegoObject OfMessage(IMessage message, ref int parts)
    {
        var members = new List<KeyValuePair<string, RegoValue>>();
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.Name == "errnoret")
            {
                members.Add(ErrorNumber(field, message));
                continue;
            }

            if (field.FieldNumber > FirstOfOurs && !IsSet(field, message))
            {
                continue; // no policy for upstream's agent expects them; those that are set are for policies to judge
            }

            bool isThere = field.FieldType == FieldType.Message || !field.HasPresence || field.Accessor.HasValue(message);
            object? value = isThere ? field.Accessor.GetValue(message) : null;
            members.Add(new(NameOf(field), field.IsMap ? OfMap((IDictionary)value!, ref parts) : field.IsRepeated ? OfList((IList)value!, ref parts) : OfSingle(value, ref parts)));
        }

        return RegoObject.Of(members);
    }

    private static bool IsSet(FieldDescriptor field, IMessage message) => field.Accessor.GetValue(message) switch
    {
        ICollection many => many.Count > 0,
        string text => text.Length > 0,
        null => false,
        _ => !field.HasPresence || field.Accessor.HasValue(message),
    };

    // Upstream has a choice of one here: null, or an object with the chosen field.
    private static KeyValuePair<string, RegoValue> ErrorNumber(FieldDescriptor field, IMessage message)
    {
        uint number = (uint)field.Accessor.GetValue(message);
        return new("ErrnoRet", number == 0 ? RegoValue.Null : RegoObject.Of([new KeyValuePair<string, RegoValue>("Errnoret", RegoValue.Of(number))]));
    }

    private static RegoObject OfMap(IDictionary map, ref int parts)
    {
        var members = new List<KeyValuePair<RegoValue, RegoValue>>();
        foreach (DictionaryEntry entry in map)
        {
            members.Add(new(OfSingle(entry.Key, ref parts), OfSingle(entry.Value, ref parts)));
        }

        return RegoObject.Of(members);
    }

    private static RegoArray OfList(IList list, ref int parts)
    {
        var items = new List<RegoValue>();
        foreach (object? item in list)
        {
            items.Add(OfSingle(item, ref parts));
        }

        return new RegoArray(items);
    }

    private static RegoValue OfSingle(object? value, ref int parts)
    {
        if (++parts > MaxParts)
        {
            throw new KataException(ErrorCode.ResourceExhausted, $"the request has more than {MaxParts} parts, which is more than a policy looks at");
        }

        return value switch
        {
            null => RegoValue.Null,
            string text => RegoValue.Of(text),
            bool condition => RegoValue.Of(condition),
            int number => RegoValue.Of(number),
            uint number => RegoValue.Of(number),
            long number => RegoValue.Of(number),
            ulong number => RegoNumber.Of((Int128)number),
            double number => RegoNumber.Of(number) ?? RegoValue.Null,
            ByteString bytes => new RegoArray(new ByteNumbers(bytes.Memory)),
            Enum number => RegoValue.Of(Convert.ToInt64(number, CultureInfo.InvariantCulture)),
            IMessage message => OfMessage(message, ref parts),
            _ => throw new KataException(ErrorCode.Internal, $"a request with a {value.GetType().Name} cannot be shown to a policy"),
        };
    }

    // The content is left out, which can be large and says nothing; what a policy wants to know of the mode is said in words.
    private static RegoObject OfCopy(CopyFileRequest copy)
    {
        string type = (copy.FileMode & FileTypeMask) switch
        {
            0x8000 => "Regular",
            0x4000 => "Directory",
            0xA000 => "Symlink",
            _ => "Unknown",
        };
        RegoValue target = type == "Symlink" ? RegoValue.Of(LinkTarget(copy.Data)) : RegoValue.Null;
        return RegoObject.Of(
        [
            new KeyValuePair<string, RegoValue>("path", RegoValue.Of(copy.Path)),
            new("file_type", RegoValue.Of(type)),
            new("symlink_target", target),
            new("file_size", RegoValue.Of(copy.FileSize)),
            new("file_mode", RegoValue.Of(copy.FileMode)),
            new("dir_mode", RegoValue.Of(copy.DirMode)),
            new("uid", RegoValue.Of(copy.Uid)),
            new("gid", RegoValue.Of(copy.Gid)),
            new("offset", RegoValue.Of(copy.Offset)),
        ]);
    }

    private static string LinkTarget(ByteString data)
    {
        try
        {
            return new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetString(data.Span);
        }
        catch (ArgumentException error)
        {
            throw KataException.Invalid("the target of a link to copy is not UTF-8", error);
        }
    }
}
