using Google.Protobuf.Reflection;
using Kata.AgentCtl.Api;
using Kata.AgentCtl.Sessions;
using Kata.Linux.Signals;

namespace Kata.AgentCtl.Terminal;

/// <summary>Completes names of commands and of their arguments, ids used before, and paths.</summary>
internal sealed class CommandCompletion(Session session)
{
    private const string FilePrefix = "file://";
    private const int MaxFiles = 200;

    /// <summary>What the end of a text could become.</summary>
    /// <param name="text">The line up to the cursor.</param>
    public Completions For(string text)
    {
        int start = text.LastIndexOf(' ') + 1;
        string word = text[start..];
        string[] before = text[..start].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (before is ["repeat", _, ..])
        {
            before = before[2..];
        }

        IEnumerable<string> candidates = before switch
        {
            ["repeat"] => [],
            [] => BuiltIns.All.Select(builtIn => builtIn.Name).Concat(ApiCommands.All.Select(command => command.Name)),
            ["help"] => ApiCommands.All.Select(command => command.Name),
            [var name, ..] when ApiCommands.Find(name) is { } command => Arguments(command, word),
            _ => [],
        };
        return new Completions(word.Length, [.. candidates.Where(candidate => candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Distinct()]);
    }

    private IEnumerable<string> Arguments(ApiCommand command, string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return word.StartsWith(FilePrefix, StringComparison.Ordinal)
                ? Files("", word)
                : command.Request.Fields.InDeclarationOrder().Select(field => (command.Arguments.FirstOrDefault(known => known.Field == field.Name)?.Name ?? field.Name) + "=");
        }

        string name = word[..equals];
        string prefix = name + "=";
        string value = word[(equals + 1)..];
        ApiArgument? argument = command.FindArgument(name);
        FieldDescriptor? field = Requests.MessageFields.Find(command.Request, argument?.Field ?? name);
        if (value.StartsWith(FilePrefix, StringComparison.Ordinal))
        {
            return Files(prefix, value);
        }

        IEnumerable<string> values = (argument?.Kind, field) switch
        {
            (ArgumentKind.Signal, _) => Enumerable.Range(1, 31).Select(SignalNames.NameOf),
            (ArgumentKind.Spec or ArgumentKind.SpecProcess or ArgumentKind.SpecResources, _) => [FilePrefix + "/"],
            (_, { FieldType: FieldType.Bool }) => ["true", "false"],
            (_, { Name: "container_id" or "sandbox_id" or "exec_id" }) => session.KnownIds,
            _ => [],
        };
        return values.Select(candidate => prefix + candidate);
    }

    private static IEnumerable<string> Files(string prefix, string value)
    {
        string path = value[FilePrefix.Length..];
        string directory = path[..(path.LastIndexOf('/') + 1)];
        try
        {
            return [.. new DirectoryInfo(directory.Length == 0 ? "." : directory).EnumerateFileSystemInfos()
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                .Select(entry => $"{prefix}{FilePrefix}{directory}{entry.Name}{(entry is DirectoryInfo ? "/" : "")}")
                .Where(candidate => candidate.StartsWith(prefix + value, StringComparison.Ordinal))
                .Take(MaxFiles)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // What cannot be listed completes to nothing.
            return [];
        }
    }
}
