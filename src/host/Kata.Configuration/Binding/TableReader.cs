using System.Globalization;
using System.Text;
using Kata.Configuration.Documents;
using Kata.Configuration.Keys;
using Kata.Primitives;

namespace Kata.Configuration.Binding;

/// <summary>Typed access to one table: checks types, ranges and choices against the catalog and fills in its defaults.</summary>
internal sealed class TableReader(ConfigurationDocument document, KeyTable table, Problems problems, string source)
{
    private const int MaxTextLength = 64 * 1024;

    private readonly IReadOnlyDictionary<string, SourceValue> _values = document[table.Name];

    /// <summary>Where a key is set; the file as a whole when it is not.</summary>
    internal SourceLocation LocationOf(string key) => _values.TryGetValue(key, out SourceValue? value) ? value.Location : new SourceLocation(source, 0, 0);

    /// <summary>Whether a key is present.</summary>
    internal bool IsSet(string key) => _values.ContainsKey(key);

    /// <summary>Checks every key of the table, whether or not anybody reads it, and yields a warning for those without effect.</summary>
    internal IEnumerable<ConfigurationWarning> Check()
    {
        foreach ((string name, SourceValue value) in _values.OrderBy(entry => entry.Value.Location.Line))
        {
            string fullName = $"{table.Name}.{Printable.Escape(name, 100)}";
            if (table.Find(name) is not { } key)
            {
                yield return new(fullName, value.Location, $"unknown key {fullName}; it has no effect");
            }
            else if (Fault(key, value.Content) is { } fault)
            {
                problems.Add(value.Location, $"{fullName} {(fault.Length == 0 ? $"must be {Describe(key)}, not {value.TypeName}" : fault)}");
            }
            else if (key.Support != KeySupport.Used && !IsDefault(key, value.Content))
            {
                if (key.Support == KeySupport.Ignored)
                {
                    yield return new(fullName, value.Location, $"{fullName} is not supported; it has no effect");
                }
                else
                {
                    problems.AddUnsupported(value.Location, $"{fullName} is not supported; remove it");
                }
            }
        }
    }

    internal string Text(string key) => (string)(Value(key) ?? string.Empty);

    /// <summary>A text, or null when it is absent or empty.</summary>
    internal string? OptionalText(string key) => Text(key) is { Length: > 0 } text ? text : null;

    internal bool Flag(string key) => (bool)(Value(key) ?? false);

    internal long Integer(string key) => (long)(Value(key) ?? 0L);

    internal double Number(string key) => Convert.ToDouble(Value(key) ?? 0.0, CultureInfo.InvariantCulture);

    internal IReadOnlyList<string> List(string key) => (IReadOnlyList<string>)(Value(key) ?? Array.Empty<string>());

    /// <summary>A number of seconds, or null when it is 0.</summary>
    internal TimeSpan? OptionalSeconds(string key) => Integer(key) is > 0 and long seconds ? TimeSpan.FromSeconds(seconds) : null;

    // A value with a fault has been reported by Check, which runs first; the default stands in for it until the report is thrown.
    private object? Value(string name)
    {
        ConfigurationKey key = table.Find(name) ?? throw new InvalidOperationException($"{table.Name}.{name} is not in the catalog");
        return _values.TryGetValue(name, out SourceValue? value) && Fault(key, value.Content) is null ? value.Content : key.Default;
    }

    // Null: good. Empty: wrong type. Else: what is wrong.
    private static string? Fault(ConfigurationKey key, object? content) => (key.Kind, content) switch
    {
        (ValueKind.Text, string text) => key.MaxDocument is { } limit ? FaultOfDocument(text, limit) : FaultOf(text),
        (ValueKind.Choice, string text) => key.Choices.Contains(text)
            ? null
            : $"must be one of {string.Join(", ", key.Choices.Select(choice => $"\"{choice}\""))}, not \"{Printable.Escape(text, 100)}\"",
        (ValueKind.Flag, bool) => null,
        (ValueKind.Integer or ValueKind.Number, long number) => number < key.Minimum || number > key.Maximum ? OutOfRange(key, number) : null,
        (ValueKind.Number, double number) => double.IsNaN(number) || number < key.Minimum || number > key.Maximum ? OutOfRange(key, number) : null,
        (ValueKind.TextList, IReadOnlyList<string> list) => list.Select(FaultOf).FirstOrDefault(fault => fault is not null),
        _ => string.Empty,
    };

    private static string? FaultOf(string text) =>
        text.Length > MaxTextLength ? $"is longer than {MaxTextLength} characters"
        : text.Any(c => char.IsControl(c) && c is not '\t') ? $"has a control character in it: \"{Printable.Escape(text, 100)}\""
        : null;

    private static string? FaultOfDocument(string document, int limit) =>
        Encoding.UTF8.GetByteCount(document) > limit ? $"is longer than {limit} bytes"
        : document.Any(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r')) ? "has a control character in it"
        : null;

    private static string OutOfRange(ConfigurationKey key, IFormattable number) =>
        string.Create(CultureInfo.InvariantCulture, $"must be from {key.Minimum} to {key.Maximum}, not {number}");

    private static bool IsDefault(ConfigurationKey key, object? content) => (key.Default, content) switch
    {
        (IReadOnlyList<string> expected, IReadOnlyList<string> list) => expected.SequenceEqual(list),
        (double expected, long number) => expected.Equals(number),
        (null, string text) => text.Length == 0,
        var (expected, actual) => Equals(expected, actual),
    };

    private static string Describe(ConfigurationKey key) => key.Kind switch
    {
        ValueKind.Text => "a string",
        ValueKind.Choice => $"one of {string.Join(", ", key.Choices.Select(choice => $"\"{choice}\""))}",
        ValueKind.Flag => "true or false",
        ValueKind.Integer => "an integer",
        ValueKind.Number => "a number",
        _ => "an array of strings",
    };
}
