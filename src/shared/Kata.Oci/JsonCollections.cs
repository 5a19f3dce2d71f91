using System.Collections.ObjectModel;
using System.Text.Json;

namespace Kata.Oci;

/// <summary>
/// What models make of collections in JSON: null is an empty one, because Go writes nil slices and maps that way, but a
/// null inside a collection is refused, because the models promise there is none.
/// </summary>
internal static class JsonCollections
{
    public static IReadOnlyList<T> Checked<T>(IReadOnlyList<T>? list)
    {
        for (int i = 0; i < list?.Count; i++)
        {
            if (list[i] is null)
            {
                throw new JsonException($"entry {i} is null");
            }
        }

        return list ?? [];
    }

    public static IReadOnlyDictionary<string, T> Checked<T>(IReadOnlyDictionary<string, T>? map)
    {
        if (map is null)
        {
            return Empty<T>();
        }

        foreach ((string key, T value) in map)
        {
            if (value is null)
            {
                throw new JsonException($"entry {key} is null");
            }
        }

        return map;
    }

    public static IReadOnlyDictionary<string, T> Empty<T>() => ReadOnlyDictionary<string, T>.Empty;
}
