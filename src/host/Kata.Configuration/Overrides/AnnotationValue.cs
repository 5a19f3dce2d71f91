using System.Globalization;
using System.Text.Json;
using Kata.Configuration.Keys;

namespace Kata.Configuration.Overrides;

/// <summary>Reads annotation texts as values of a key's type.</summary>
internal static class AnnotationValue
{
    private const int MaxItems = 128;

    /// <summary>Reads a text.</summary>
    /// <param name="text">The annotation's value.</param>
    /// <param name="key">The key it is for.</param>
    /// <param name="separator">What separates list items; null means JSON.</param>
    /// <param name="value">The value, as the file would have given it.</param>
    /// <returns>What the text should have been, or null when it is right.</returns>
    internal static string? Read(string text, ConfigurationKey key, char? separator, out object? value)
    {
        value = null;
        switch (key.Kind)
        {
            case ValueKind.Flag:
                value = ParseBool(text);
                return value is null ? "must be true or false" : null;
            case ValueKind.Integer:
                value = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long integer) ? integer : null;
                return value is null ? "must be a whole number" : null;
            case ValueKind.Number:
                value = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : null;
                return value is null ? "must be a number" : null;
            case ValueKind.TextList:
                value = separator is { } c ? text.Split(c, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : ParseJson(text);
                return value is null ? "must be a JSON array of strings" : null;
            default:
                value = text;
                return null;
        }
    }

    /// <summary>Booleans as Go's strconv.ParseBool reads them; null when it would refuse.</summary>
    internal static bool? ParseBool(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };

    private static string[]? ParseJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 2 });
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Array
                && root.GetArrayLength() <= MaxItems
                && root.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
                ? [.. root.EnumerateArray().Select(item => item.GetString()!)]
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with half of a surrogate pair.
            return null;
        }
    }
}
