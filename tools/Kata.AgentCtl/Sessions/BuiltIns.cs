using System.Text;
using Google.Protobuf.Reflection;
using Kata.AgentCtl.Api;
using Kata.AgentCtl.Requests;
using Kata.Primitives;

namespace Kata.AgentCtl.Sessions;

/// <summary>The commands that are ours and not the agent's, and the help on all of them.</summary>
internal static class BuiltIns
{
    /// <summary>Their names and what they do.</summary>
    public static readonly IReadOnlyList<(string Name, string Usage, string Summary)> All =
    [
        ("echo", "echo TEXT…", "Print text"),
        ("help", "help [COMMAND]", "List the commands, or explain one"),
        ("list", "list", "List the names of the agent's commands"),
        ("repeat", "repeat COUNT COMMAND…", "Run a command COUNT times; -1 for ever"),
        ("sleep", "sleep TIME", "Wait: 500ms, 5s, 1m30s"),
        ("quit", "quit", "End this session; the agent goes on"),
    ];

    /// <summary>The names of the agent's commands, one a line.</summary>
    public static string List() => string.Concat(ApiCommands.All.Select(command => command.Name + "\n"));

    /// <summary>The help on everything, or on one command.</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such command.</exception>
    public static string Help(string? name)
    {
        if (name is null)
        {
            return Overview();
        }

        foreach ((string known, string usage, string summary) in All)
        {
            if (known == name)
            {
                return $"{usage}\n  {summary}\n";
            }
        }

        return Explain(ApiCommands.Find(name) ?? throw Unknown(name));
    }

    /// <summary>The complaint about a name that is no command.</summary>
    public static KataException Unknown(string name)
    {
        string hint = Spelling.Nearest(name, ApiCommands.All.Select(command => command.Name).Concat(All.Select(builtIn => builtIn.Name))) is { } near
            ? $"; did you mean {near}?"
            : "; 'help' lists them all";
        return KataException.Invalid($"there is no command {Printable.Escape(name, maxLength: 64)}{hint}");
    }

    private static string Overview()
    {
        var text = new StringBuilder("Commands of this tool:\n");
        foreach ((_, string usage, string summary) in All)
        {
            text.Append("  ").Append(usage.PadRight(24)).Append(summary).Append('\n');
        }

        text.Append("\nCommands of the agent; 'help COMMAND' lists what each takes:\n");
        foreach (ApiCommand command in ApiCommands.All)
        {
            text.Append("  ").Append(command.Name.PadRight(32)).Append(command.Summary).Append('\n');
        }

        return text.ToString();
    }

    private static string Explain(ApiCommand command)
    {
        var text = new StringBuilder().Append(command.Name).Append(" [NAME=VALUE…] [JSON]\n  ").Append(command.Summary).Append('\n');
        IList<FieldDescriptor> fields = command.Request.Fields.InDeclarationOrder();
        text.Append(fields.Count == 0 ? "\nIt takes nothing.\n" : "\nNames:\n");
        foreach (FieldDescriptor field in fields)
        {
            ApiArgument? argument = command.Arguments.FirstOrDefault(known => known.Field == field.Name);
            string name = $"{argument?.Name ?? field.Name}={argument?.Hint ?? Hint(field)}";
            string alias = argument is { } known && known.Name != field.Name ? $"the field {field.Name}" : "";
            string preset = argument is { DefaultText.Length: > 0 } ? $"default: {argument.DefaultText}" : "";
            string notes = string.Join("; ", new[] { alias, preset }.Where(part => part.Length > 0));
            text.Append("  ").Append(notes.Length > 0 ? name.PadRight(36) + notes : name).Append('\n');
        }

        return fields.Count == 0 ? text.ToString() : text.Append(
            "\nJSON is the whole request: {…}, json://{…} or file://PATH. A name may reach inside: OCI.Process.Cwd=/tmp\n").ToString();
    }

    private static string Hint(FieldDescriptor field)
    {
        if (field.IsMap || field.FieldType == FieldType.Message)
        {
            return "JSON";
        }

        string one = field.FieldType switch
        {
            FieldType.String => "TEXT",
            FieldType.Bytes => "TEXT|file://PATH|base64:TEXT",
            FieldType.Bool => "BOOL",
            FieldType.Enum => string.Join('|', field.EnumType.Values.Select(value => value.Name)),
            _ => "NUMBER",
        };
        return field.IsRepeated ? one + ",…" : one;
    }
}
