namespace Kata.Configuration.Documents;

/// <summary>Tables of keys and values, as read from one file or merged from several. Immutable.</summary>
internal sealed class ConfigurationDocument
{
    private readonly Dictionary<string, Dictionary<string, SourceValue>> _tables;

    internal ConfigurationDocument(Dictionary<string, Dictionary<string, SourceValue>> tables) => _tables = tables;

    /// <summary>The names of its tables, as between brackets.</summary>
    internal IReadOnlyCollection<string> Tables => _tables.Keys;

    /// <summary>The keys of a table; none when the table is not there.</summary>
    internal IReadOnlyDictionary<string, SourceValue> this[string table] => _tables.GetValueOrDefault(table) ?? [];

    /// <summary>A document in which another one's keys replace those of this one: tables are merged, arrays are not.</summary>
    internal ConfigurationDocument With(ConfigurationDocument other)
    {
        var merged = _tables.ToDictionary(
            table => table.Key, table => new Dictionary<string, SourceValue>(table.Value, StringComparer.Ordinal), StringComparer.Ordinal);
        foreach ((string name, Dictionary<string, SourceValue> keys) in other._tables)
        {
            if (!merged.TryGetValue(name, out Dictionary<string, SourceValue>? target))
            {
                merged[name] = target = new(StringComparer.Ordinal);
            }

            foreach ((string key, SourceValue value) in keys)
            {
                target[key] = value;
            }
        }

        return new ConfigurationDocument(merged);
    }
}
