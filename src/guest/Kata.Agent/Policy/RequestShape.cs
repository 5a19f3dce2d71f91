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
/// are not set; messages that are not there as null; bytes as arrays of numbers; enumerations as numbers. Fields that upstream lacks are no part of it:
/// no such policy can judge them, and a message that has one would not be equal to what the policy compares it with. They are listed apart.
/// </summary>
internal sealed class RequestShape
{
    // A request of a few MB can hold millions of empty texts, each of which would become a value.
    private const int MaxParts = 200_000;

    private const int FileTypeMask = 0xF000;

    // Fields that upstream's messages do not have: docs/upstream-map.md.
    private const int FirstOfOurs = 1000;

    private readonly Dictionary<string, List<RegoValue>> _extensions = new(StringComparer.Ordinal);
    private readonly List<string> _path = [];
    private int _parts;

    private RequestShape()
    {
    }

    /// <summary>The document <c>input</c> for a request.</summary>
    /// <inheritdoc cref="Of(IMessage, out RegoObject)"/>
    public static RegoValue Of(IMessage request) => Of(request, out _);

    /// <summary>The document <c>input</c> for a request, and what the request has beyond upstream's protocol.</summary>
    /// <param name="request">The request.</param>
    /// <param name="extensions">
    /// The fields of ours that are set: for the path of each, such as <c>OCI.Process.User.Umask</c>, an array of its values, of which there are several
    /// where the path leads through a list.
    /// </param>
    /// <exception cref="KataException">ResourceExhausted: the request has too many parts. InvalidArgument: a link's target is no text.</exception>
    public static RegoValue Of(IMessage request, out RegoObject extensions)
    {
        var shape = new RequestShape();
        RegoValue input = request is CopyFileRequest copy ? OfCopy(copy) : shape.OfMessage(request);
        extensions = RegoObject.Of(shape._extensions.Select(pair => new KeyValuePair<string, RegoValue>(pair.Key, new RegoArray(pair.Value))));
        return input;
    }

    /// <summary>The name of a field in a policy: upstream's are fields of Rust structures, where a name that is a keyword ends with '_'.</summary>
    internal static string NameOf(FieldDescriptor field) => field.Name == "type" ? "type_" : field.Name;

    private RegoObject OfMessage(IMessage message)
    {
        var members = new List<KeyValuePair<string, RegoValue>>();
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.Name == "errnoret")
            {
                members.Add(ErrorNumber(field, message));
                continue;
            }

            if (field.FieldNumber <= FirstOfOurs || IsSet(field, message))
            {
                _path.Add(NameOf(field));
                AddField(members, field, message);
                _path.RemoveAt(_path.Count - 1);
            }
        }

        return RegoObject.Of(members);
    }

    private void AddField(List<KeyValuePair<string, RegoValue>> members, FieldDescriptor field, IMessage message)
    {
        bool isThere = field.FieldType == FieldType.Message || !field.HasPresence || field.Accessor.HasValue(message);
        object? value = isThere ? field.Accessor.GetValue(message) : null;
        RegoValue shown = field.IsMap ? OfMap((IDictionary)value!) : field.IsRepeated ? OfList((IList)value!) : OfSingle(value);
        if (field.FieldNumber <= FirstOfOurs)
        {
            members.Add(new(NameOf(field), shown));
            return;
        }

        string path = string.Join('.', _path);
        if (!_extensions.TryGetValue(path, out List<RegoValue>? values))
        {
            _extensions.Add(path, values = []);
        }

        values.Add(shown);
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

    private RegoObject OfMap(IDictionary map)
    {
        var members = new List<KeyValuePair<RegoValue, RegoValue>>();
        foreach (DictionaryEntry entry in map)
        {
            members.Add(new(OfSingle(entry.Key), OfSingle(entry.Value)));
        }

        return RegoObject.Of(members);
    }

    private RegoArray OfList(IList list)
    {
        var items = new List<RegoValue>();
        foreach (object? item in list)
        {
            items.Add(OfSingle(item));
        }

        return new RegoArray(items);
    }

    private RegoValue OfSingle(object? value)
    {
        if (++_parts > MaxParts)
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
            IMessage message => OfMessage(message),
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
