using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

using Kata.Oci.Images;
using Kata.Oci.Runtime;

namespace Kata.Oci;

/// <summary>Says in a person's words what belongs at a place of a document. The serializer's own errors name .NET types, and not even the right ones.</summary>
internal static class JsonExpectation
{
    /// <summary>What belongs at a path; null if the path leads nowhere in the model.</summary>
    /// <param name="root">Model of the document.</param>
    /// <param name="path">A path as <see cref="JsonException.Path"/> gives it.</param>
    public static string? At(JsonTypeInfo root, ReadOnlySpan<char> path)
    {
        JsonTypeInfo? type = root;
        Type found = root.Type;
        path = path.TrimStart('$');
        while (!path.IsEmpty && type is not null)
        {
            ReadOnlySpan<char> name = NextName(ref path);
            Type? next = type.Kind == JsonTypeInfoKind.Object ? PropertyType(type, name) : type.ElementType;
            if (next is null)
            {
                return null;
            }

            found = Nullable.GetUnderlyingType(next) ?? next;
            type = root.Options.TryGetTypeInfo(found, out JsonTypeInfo? info) ? info : null;
        }

        return path.IsEmpty ? Describe(found) : null;
    }

    /// <summary>Takes <c>.name</c>, <c>['name']</c> or <c>[0]</c> off the front.</summary>
    private static ReadOnlySpan<char> NextName(ref ReadOnlySpan<char> path)
    {
        int start = path.StartsWith("['", StringComparison.Ordinal) ? 2 : 1;
        int length = start == 2 ? path[start..].IndexOf("']", StringComparison.Ordinal)
            : path[0] == '[' ? path[start..].IndexOf(']')
            : path[start..].IndexOfAny('.', '[');
        ReadOnlySpan<char> name = length < 0 ? path[start..] : path.Slice(start, length);
        int closing = path[0] != '[' ? 0 : start;
        path = length < 0 ? [] : path[Math.Min(path.Length, start + length + closing)..];
        return name;
    }

    private static Type? PropertyType(JsonTypeInfo type, ReadOnlySpan<char> name)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (name.SequenceEqual(property.Name))
            {
                return property.PropertyType;
            }
        }

        return null;
    }

    private static string Describe(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type == typeof(ContainerStatus) => "creating, created, running or stopped",
        _ when type == typeof(Digest) => "a digest",
        TypeCode.String => "text",
        TypeCode.Boolean => "true or false",
        TypeCode.UInt16 => $"a whole number from 0 to {ushort.MaxValue}",
        TypeCode.UInt32 => $"a whole number from 0 to {uint.MaxValue}",
        TypeCode.UInt64 => $"a whole number from 0 to {ulong.MaxValue}",
        TypeCode.Int32 => $"a whole number from {int.MinValue} to {int.MaxValue}",
        TypeCode.Int64 => $"a whole number from {long.MinValue} to {long.MaxValue}",
        _ when typeof(IEnumerable).IsAssignableFrom(type) && !type.Name.StartsWith("IReadOnlyDictionary", StringComparison.Ordinal) => "a list",
        _ => "an object",
    };
}
