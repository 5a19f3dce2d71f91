using Kata.Primitives;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Kata.Configuration.Documents;

/// <summary>Turns TOML text into a <see cref="ConfigurationDocument"/>.</summary>
internal static class DocumentParser
{
    /// <summary>The longest file accepted, in characters. Upstream's longest template has 40 KiB.</summary>
    internal const int MaxLength = 1 << 20;

    // The parser is recursive; no key of ours nests more than one array.
    private const int MaxNesting = 32;
    private const int MaxMessages = 20;

    /// <summary>Reads a whole document.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">The file's path, for messages.</param>
    /// <exception cref="KataException">InvalidArgument: not TOML, too long or nested too deeply; the message has file, line and column.</exception>
    internal static ConfigurationDocument Parse(string text, string source)
    {
        if (text.Length > MaxLength)
        {
            throw KataException.Invalid($"{source}: longer than {MaxLength} characters");
        }

        RequireShallow(text, source);
        DocumentSyntax syntax = SyntaxParser.Parse(text, source, validate: true);
        if (syntax.HasErrors)
        {
            IEnumerable<string> errors = syntax.Diagnostics
                .Where(message => message.Kind == DiagnosticMessageKind.Error)
                .Take(MaxMessages)
                .Select(message => $"{Locate(source, message.Span)}: {Printable.Escape(message.Message, 200)}");
            throw KataException.Invalid(string.Join("; ", errors));
        }

        return new Walk(source).Read(syntax);
    }

    private static SourceLocation Locate(string source, SourceSpan span) => new(source, span.Start.Line + 1, span.Start.Column + 1);

    // Counts brackets without looking at strings and comments: a file would need many of them there to be refused by mistake.
    private static void RequireShallow(string text, string source)
    {
        int line = 1;
        int depth = 0;
        foreach (char c in text)
        {
            switch (c)
            {
                case '\n':
                    line++;
                    break;
                case '[' or '{':
                    depth++;
                    break;
                case ']' or '}':
                    depth = Math.Max(0, depth - 1);
                    break;
            }

            if (depth > MaxNesting)
            {
                throw KataException.Invalid($"{source}:{line}:1: values are nested more than {MaxNesting} deep");
            }
        }
    }

    private sealed class Walk(string source)
    {
        private readonly Dictionary<string, Dictionary<string, SourceValue>> _tables = new(StringComparer.Ordinal);

        internal ConfigurationDocument Read(DocumentSyntax syntax)
        {
            AddKeys(string.Empty, syntax.KeyValues);
            foreach (TableSyntaxBase table in syntax.Tables)
            {
                if (table is not TableSyntax)
                {
                    throw KataException.Invalid($"{Locate(source, table.Span)}: [[{PathOf(table.Name!)}]] is an array of tables; write [{PathOf(table.Name!)}]");
                }

                string name = PathOf(table.Name!);
                Keys(name);
                AddKeys(name, table.Items);
            }

            return new ConfigurationDocument(_tables);
        }

        private Dictionary<string, SourceValue> Keys(string table)
        {
            if (!_tables.TryGetValue(table, out Dictionary<string, SourceValue>? keys))
            {
                _tables[table] = keys = new(StringComparer.Ordinal);
            }

            return keys;
        }

        private void AddKeys(string table, IEnumerable<KeyValueSyntax> items)
        {
            foreach (KeyValueSyntax item in items)
            {
                List<string> path = [.. Parts(item.Key!)];
                string owner = string.Join('.', table.Length == 0 ? path.SkipLast(1) : path.SkipLast(1).Prepend(table));
                SourceLocation location = Locate(source, item.Span);
                if (item.Value is InlineTableSyntax inline)
                {
                    string name = owner.Length == 0 ? path[^1] : $"{owner}.{path[^1]}";
                    Keys(name);
                    AddKeys(name, inline.Items.Select(entry => entry.KeyValue!));
                }
                else
                {
                    Keys(owner)[path[^1]] = ValueOf(item.Value!, location);
                }
            }
        }

        private static SourceValue ValueOf(ValueSyntax value, SourceLocation location) => value switch
        {
            StringValueSyntax text => new(text.Value ?? string.Empty, "a string", location),
            BooleanValueSyntax flag => new(flag.Value, "a boolean", location),
            IntegerValueSyntax integer => new(integer.Value, "an integer", location),
            FloatValueSyntax number => new(number.Value, "a float", location),
            ArraySyntax array => ListOf(array, location),
            _ => new(null, "a date or time", location),
        };

        private static SourceValue ListOf(ArraySyntax array, SourceLocation location)
        {
            List<ValueSyntax?> items = [.. array.Items.Select(item => item.Value)];
            return items.All(item => item is StringValueSyntax)
                ? new(items.Select(item => ((StringValueSyntax)item!).Value ?? string.Empty).ToArray(), "an array of strings", location)
                : new(null, "an array with something else than strings", location);
        }

        private static string PathOf(KeySyntax key) => string.Join('.', Parts(key));

        private static IEnumerable<string> Parts(KeySyntax key) => key.DotKeys.Select(part => TextOf(part.Key!)).Prepend(TextOf(key.Key!));

        private static string TextOf(BareKeyOrStringValueSyntax part) => part switch
        {
            BareKeySyntax bare => bare.Key?.Text?.Trim() ?? string.Empty,
            StringValueSyntax quoted => quoted.Value ?? string.Empty,
            _ => string.Empty,
        };
    }
}
