using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

using Kata.Primitives;

namespace Kata.Oci;

/// <summary>Reads bounded JSON documents and turns what is wrong with them into errors a person can act on.</summary>
internal static class JsonDocumentReader
{
    /// <summary>The longest document read. The largest real ones, with big seccomp profiles, stay far below 1 MiB.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>The deepest nesting read.</summary>
    public const int MaxDepth = 32;

    private const string ConversionFailure = "The JSON value could not be converted to ";

    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string name)
        where T : class
    {
        if (json.Length > MaxBytes)
        {
            throw TooLong(name);
        }

        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw KataException.Invalid($"{name}: $: expected an object, found null");
        }
        catch (JsonException error)
        {
            throw KataException.Invalid(Explain(error, type, name), error);
        }
    }

    public static T Read<T>(Stream json, JsonTypeInfo<T> type, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(json);
        byte[] buffer = new byte[16 << 10];
        int length = 0;
        while (true)
        {
            int read = json.Read(buffer, length, buffer.Length - length);
            if (read == 0)
            {
                return Read(buffer.AsSpan(0, length), type, name);
            }

            length += read;
            if (length > MaxBytes)
            {
                throw TooLong(name);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaxBytes + 1));
            }
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "the stream is disposed by the using statement")]
    public static T ReadFile<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return Read(file, type, path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KataException(ErrorCode.NotFound, $"{path}: no such file", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new KataException(ErrorCode.PermissionDenied, $"{path}: cannot be read: permission denied, or not a file", error);
        }
    }

    private static KataException TooLong(string name) =>
        KataException.Invalid($"{name}: longer than {MaxBytes >> 20} MiB, the most that is read");

    private static string Explain(JsonException error, JsonTypeInfo type, string name)
    {
        // The path holds keys of the document, so it may hold anything.
        string path = string.IsNullOrEmpty(error.Path) ? "$" : error.Path;
        string place = error.LineNumber is { } line && error.BytePositionInLine is { } column
            ? string.Create(CultureInfo.InvariantCulture, $" (line {line + 1}, column {column + 1})")
            : "";
        return $"{name}: {Printable.Escape(path, maxLength: 256)}: {Problem(error, type, path)}{place}";
    }

    private static string Problem(JsonException error, JsonTypeInfo type, string path)
    {
        if (error.Message.StartsWith(ConversionFailure, StringComparison.Ordinal) && JsonExpectation.At(type, path) is { } expected)
        {
            return "expected " + expected;
        }

        int end = error.Message.IndexOf(" Path: $", StringComparison.Ordinal);
        string bare = Printable.Escape((end < 0 ? error.Message : error.Message[..end]).TrimEnd('.', ' '), maxLength: 256);
        return bare.Length > 1 && char.IsUpper(bare[0]) && char.IsLower(bare[1]) ? char.ToLowerInvariant(bare[0]) + bare[1..] : bare;
    }
}
