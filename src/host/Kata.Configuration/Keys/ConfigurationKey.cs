using System.Globalization;

namespace Kata.Configuration.Keys;

/// <summary>What is known about one key of the configuration file: the single source for loading, warnings, annotations and documentation.</summary>
public sealed record ConfigurationKey
{
    /// <summary>The key as written in the file.</summary>
    public required string Name { get; init; }

    /// <summary>The TOML type it takes.</summary>
    public required ValueKind Kind { get; init; }

    /// <summary>The value when the key is absent: string, bool, long, double or string list, after <see cref="Kind"/>; null when there is none.</summary>
    public required object? Default { get; init; }

    /// <summary>What it does, with its unit, in one or two sentences.</summary>
    public required string Summary { get; init; }

    /// <summary>Whether it has an effect here.</summary>
    public KeySupport Support { get; init; } = KeySupport.Used;

    /// <summary>The smallest number allowed.</summary>
    public long Minimum { get; init; }

    /// <summary>The largest number allowed.</summary>
    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>The values allowed for a <see cref="ValueKind.Choice"/>; empty otherwise.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>For a text of many lines, the bytes of UTF-8 that it may have; null where a text is one line.</summary>
    internal int? MaxDocument { get; init; }

    /// <summary>What to document as the default where it depends on the machine; null elsewhere.</summary>
    internal string? DefaultOnAnyMachine { get; init; }

    /// <summary>The default as it would be written in the file; empty when there is none.</summary>
    public string DefaultText => DefaultOnAnyMachine ?? Default switch
    {
        null => string.Empty,
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString(CultureInfo.InvariantCulture),
        IReadOnlyList<string> list => $"[{string.Join(", ", list.Select(item => $"\"{item}\""))}]",
        _ => throw new InvalidOperationException($"key {Name} has a default of unknown type"),
    };

    internal static ConfigurationKey Text(string name, string? defaultValue, string summary) =>
        new() { Name = name, Kind = ValueKind.Text, Default = defaultValue, Summary = summary };

    internal static ConfigurationKey Choice(string name, string defaultValue, IReadOnlyList<string> choices, string summary) =>
        new() { Name = name, Kind = ValueKind.Choice, Default = defaultValue, Choices = choices, Summary = summary };

    internal static ConfigurationKey Flag(string name, bool defaultValue, string summary) =>
        new() { Name = name, Kind = ValueKind.Flag, Default = defaultValue, Summary = summary };

    internal static ConfigurationKey Integer(string name, long defaultValue, string summary, long minimum = 0, long maximum = uint.MaxValue) =>
        new() { Name = name, Kind = ValueKind.Integer, Default = defaultValue, Summary = summary, Minimum = minimum, Maximum = maximum };

    internal static ConfigurationKey Number(string name, double defaultValue, string summary, long minimum, long maximum) =>
        new() { Name = name, Kind = ValueKind.Number, Default = defaultValue, Summary = summary, Minimum = minimum, Maximum = maximum };

    internal static ConfigurationKey List(string name, IReadOnlyList<string> defaultValue, string summary) =>
        new() { Name = name, Kind = ValueKind.TextList, Default = defaultValue, Summary = summary };

    internal ConfigurationKey Ignored() => this with { Support = KeySupport.Ignored };

    internal ConfigurationKey Refused() => this with { Support = KeySupport.Refused };
}
