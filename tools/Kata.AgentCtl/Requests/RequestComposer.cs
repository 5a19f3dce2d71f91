using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.AgentCtl.Api;
using Kata.AgentCtl.Sessions;
using Kata.AgentCtl.Specs;
using Kata.Linux.Signals;
using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.AgentCtl.Requests;

/// <summary>
/// Makes the request of one command from its words: a JSON document for all of it, <c>name=value</c> for single fields, and what the session knows for
/// the rest.
/// </summary>
internal sealed class RequestComposer(ApiCommand command, Session session)
{
    private readonly IMessage _request = command.NewRequest();
    private readonly HashSet<FieldDescriptor> _given = [];

    /// <summary>Makes the request.</summary>
    /// <param name="words">What follows the command's name.</param>
    /// <exception cref="KataException">InvalidArgument: a word is no field of the request, or its value does not fit. NotFound, PermissionDenied: a file cannot be read.</exception>
    public IMessage Compose(IReadOnlyList<string> words)
    {
        string[] documents = [.. words.Where(InputText.IsDocument)];
        if (documents.Length > 1)
        {
            throw KataException.Invalid($"{command.Name}: there are {documents.Length} JSON documents; one is the whole request");
        }

        foreach (string document in documents)
        {
            _given.UnionWith(InputText.Document(document, $"{command.Name} request").Merge(_request));
        }

        List<(string Name, string Value)> pairs = [.. words.Where(word => !InputText.IsDocument(word)).Select(Split)];
        NoteIds();
        foreach ((string name, string value) in pairs.Where(pair => !IsPath(pair.Name)))
        {
            SetOwnField(name, value);
        }

        NoteIds();
        FillIn();

        // Last, because they reach into what the defaults have put there.
        foreach ((string name, string value) in pairs.Where(pair => IsPath(pair.Name)))
        {
            SetInnerField(name, value);
        }

        return _request;
    }

    private static bool IsPath(string name) => name.Contains('.', StringComparison.Ordinal);

    private (string Name, string Value) Split(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? (word[..equals], word[(equals + 1)..])
            : throw KataException.Invalid($"{command.Name}: {Printable.Escape(word, maxLength: 64)}: expected name=value, or a JSON document; 'help {command.Name}' lists the names");
    }

    private void SetOwnField(string name, string value)
    {
        ApiArgument? argument = command.FindArgument(name);
        FieldDescriptor field = MessageFields.Find(command.Request, argument?.Field ?? name)
            ?? throw KataException.Invalid($"{command.Name}: {MessageFields.Unknown(command.Request, name, command.Arguments.Select(known => known.Name))}");
        if (!_given.Add(field))
        {
            throw KataException.Invalid($"{command.Name}: {field.Name} is given twice");
        }

        Set(_request, field, argument ?? command.Arguments.FirstOrDefault(known => known.Field == field.Name && known.Kind is not (ArgumentKind.Spec or ArgumentKind.SpecProcess or ArgumentKind.SpecResources)), name, value);
    }

    private void SetInnerField(string path, string value)
    {
        string[] names = path.Split('.');
        IMessage message = _request;
        for (int i = 0; i < names.Length; i++)
        {
            FieldDescriptor field = MessageFields.Find(message.Descriptor, names[i]) ?? throw KataException.Invalid($"{command.Name}: {path}: {MessageFields.Unknown(message.Descriptor, names[i])}");
            if (i == names.Length - 1)
            {
                Set(message, field, argument: null, path, value);
                return;
            }

            if (field.FieldType != FieldType.Message || field.IsRepeated)
            {
                throw KataException.Invalid($"{command.Name}: {path}: {names[i]} is no message; give all of it as JSON");
            }

            if (field.Accessor.GetValue(message) is not IMessage inner)
            {
                inner = MessageFields.New(field.MessageType);
                field.Accessor.SetValue(message, inner);
            }

            message = inner;
        }
    }

    private void Set(IMessage message, FieldDescriptor field, ApiArgument? argument, string name, string value)
    {
        try
        {
            switch (argument?.Kind)
            {
                case ArgumentKind.Signal:
                    field.Accessor.SetValue(message, (uint)SignalNames.Parse(value));
                    break;
                case ArgumentKind.HexList:
                    AddAll(message, field, ScalarText.HexList(value));
                    break;
                case ArgumentKind.Spec or ArgumentKind.SpecProcess or ArgumentKind.SpecResources:
                    field.Accessor.SetValue(message, FromSpec(argument.Kind, value));
                    break;
                default:
                    FieldText.Set(message, field, value);
                    break;
            }
        }
        catch (KataException error) when (error.Code == ErrorCode.InvalidArgument)
        {
            throw KataException.Invalid($"{command.Name}: {name}: {error.Message}", error);
        }
    }

    private IMessage FromSpec(ArgumentKind kind, string value)
    {
        string? path = value.Length == 0 ? null : InputText.FilePath(value) ?? throw KataException.Invalid("expected file://PATH of a config.json");
        Spec spec = session.LoadSpec(path);
        return kind switch
        {
            ArgumentKind.Spec => SpecConversion.Convert(spec),
            ArgumentKind.SpecProcess => spec.Process is { } process ? ProcessConversion.Convert(process) : throw KataException.Invalid("config.json has no process"),
            _ => spec.Linux?.Resources is { } resources ? ResourcesConversion.Convert(resources) : throw KataException.Invalid("config.json has no linux.resources"),
        };
    }

    private void FillIn()
    {
        if (!session.AutoValues)
        {
            return;
        }

        foreach (ApiArgument argument in command.Arguments)
        {
            FieldDescriptor field = command.Request.FindFieldByName(argument.Field);
            if (!_given.Contains(field) && argument.Default?.Invoke(session) is { } value)
            {
                Set(_request, field, argument, argument.Name, value);
                NoteIds();
            }
        }
    }

    private void NoteIds()
    {
        Note("container_id", session.UseContainer);
        Note("sandbox_id", session.UseSandbox);
        Note("exec_id", session.UseProcess);
    }

    private void Note(string name, Action<string> use)
    {
        if (command.Request.FindFieldByName(name) is { } field)
        {
            use((string)field.Accessor.GetValue(_request));
        }
    }

    private static void AddAll(IMessage message, FieldDescriptor field, IEnumerable<ulong> values)
    {
        var list = (IList)field.Accessor.GetValue(message);
        foreach (ulong value in values)
        {
            list.Add(value);
        }
    }
}
