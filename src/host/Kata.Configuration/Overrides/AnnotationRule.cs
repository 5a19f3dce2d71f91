namespace Kata.Configuration.Overrides;

/// <summary>One annotation and the key it sets.</summary>
/// <param name="Table">Table of the key.</param>
/// <param name="Key">The key.</param>
internal sealed record AnnotationRule(string Table, string Key)
{
    /// <summary>Finds the globs that a value must match; null when the value is not a path with a list.</summary>
    internal Func<QemuConfiguration, IReadOnlyList<string>>? AllowedPaths { get; init; }

    /// <summary>Finds the configured path, which is allowed when the list of globs is empty.</summary>
    internal Func<QemuConfiguration, string?>? ConfiguredPath { get; init; }

    /// <summary>Checks beyond those for the file: what is wrong with the value, or null.</summary>
    internal Func<string, HostLimits, string?>? Fault { get; init; }

    /// <summary>Adds words to what is configured instead of replacing it.</summary>
    internal bool Appends { get; init; }

    /// <summary>A key that this one excludes, so that it loses its value.</summary>
    internal string? Excludes { get; init; }

    /// <summary>The value is written in base64, as UTF-8.</summary>
    internal bool IsBase64 { get; init; }

    /// <summary>Characters that the value may have.</summary>
    internal int MaxLength { get; init; } = 4096;

    /// <summary>What separates the items of a list; null means that lists are written as JSON.</summary>
    internal char? Separator { get; init; }
}
