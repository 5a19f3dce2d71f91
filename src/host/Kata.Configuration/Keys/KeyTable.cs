namespace Kata.Configuration.Keys;

/// <summary>One table of the configuration file and the keys it may have.</summary>
public sealed class KeyTable
{
    private readonly Dictionary<string, ConfigurationKey> _byName;

    internal KeyTable(string name, string summary, IReadOnlyList<KeyGroup> groups)
    {
        Name = name;
        Summary = summary;
        Groups = groups;
        _byName = groups.SelectMany(group => group.Keys).ToDictionary(key => key.Name, StringComparer.Ordinal);
    }

    /// <summary>The table as written between brackets, such as <c>agent.kata</c>.</summary>
    public string Name { get; }

    /// <summary>What the table is about.</summary>
    public string Summary { get; }

    /// <summary>Its keys, in the order in which the documentation shows them.</summary>
    public IReadOnlyList<KeyGroup> Groups { get; }

    /// <summary>All its keys.</summary>
    public IEnumerable<ConfigurationKey> Keys => Groups.SelectMany(group => group.Keys);

    /// <summary>Finds a key; null when the table has none of this name.</summary>
    public ConfigurationKey? Find(string name) => _byName.GetValueOrDefault(name);
}
