using Kata.Primitives;

namespace Kata.Agent.Boot;

/// <summary>
/// The agent's configuration file: the part of TOML that such files use. Tables and inline tables, strings, whole numbers, booleans and arrays of strings;
/// everything else is an error with its line, never skipped.
/// </summary>
/// <remarks>See <c>docs/adr/0011-agent-settings-file.md</c> for why it is not read with a library.</remarks>
internal sealed class SettingsFile
{
    /// <summary>The largest file that is read, in bytes.</summary>
    public const int MaxSize = 64 * 1024;

    private const int MaxSettings = 256;

    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tables = new(StringComparer.Ordinal);

    private SettingsFile()
    {
    }

    /// <summary>
    /// The settings by name, in the file's order; names in tables have the table's before a dot. Values are <see cref="string"/>, <see cref="long"/>,
    /// <see cref="bool"/> or a list of strings.
    /// </summary>
    public IReadOnlyDictionary<string, object> Values => _values;

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="KataException">InvalidArgument: a line is not understood; the message has its number.</exception>
    public static SettingsFile Parse(string text)
    {
        var file = new SettingsFile();
        var reader = new SettingsReader(text);
        string table = string.Empty;
        while (reader.SkipToContent())
        {
            if (reader.TryTake('['))
            {
                table = file.BeginTable(ref reader);
            }
            else
            {
                file.AddSetting(ref reader, table);
            }

            reader.RequireEndOfLine();
        }

        return file;
    }

    private string BeginTable(ref SettingsReader reader)
    {
        string table = reader.TakeKey();
        reader.Require(']');
        return _tables.Add(table) ? table + "." : throw reader.Wrong($"table {table} is there twice");
    }

    private void AddSetting(ref SettingsReader reader, string prefix)
    {
        string name = prefix + reader.TakeKey();
        reader.Require('=');
        reader.SkipBlanks();
        if (!reader.TryTake('{'))
        {
            Add(ref reader, name, reader.TakeValue());
            return;
        }

        if (!_tables.Add(name))
        {
            throw reader.Wrong($"table {name} is there twice");
        }

        reader.SkipBlanks();
        while (!reader.TryTake('}'))
        {
            string inner = $"{name}.{reader.TakeKey()}";
            reader.Require('=');
            Add(ref reader, inner, reader.TakeValue());
            reader.SkipBlanks();
            if (!reader.TryTake(','))
            {
                reader.Require('}');
                return;
            }
        }
    }

    private void Add(ref SettingsReader reader, string name, object value)
    {
        if (_values.Count >= MaxSettings || !_values.TryAdd(name, value))
        {
            throw reader.Wrong(_values.Count >= MaxSettings ? $"more than {MaxSettings} settings" : $"setting {name} is there twice");
        }
    }
}
