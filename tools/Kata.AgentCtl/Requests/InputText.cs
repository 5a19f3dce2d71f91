using System.Text;
using Kata.Primitives;

namespace Kata.AgentCtl.Requests;

/// <summary>Values that stand in a file, or are JSON, by their prefix.</summary>
internal static class InputText
{
    private const string File = "file://";
    private const string Json = "json://";
    private const int MaxBytes = 8 << 20;

    /// <summary>The path of <c>file://PATH</c>; null for any other text.</summary>
    public static string? FilePath(string text) => text.StartsWith(File, StringComparison.Ordinal) ? text[File.Length..] : null;

    /// <summary>Whether a text is a JSON document or names the file of one.</summary>
    public static bool IsDocument(string text) =>
        text.StartsWith(Json, StringComparison.Ordinal) || text.StartsWith(File, StringComparison.Ordinal) || text is ['{', ..];

    /// <summary>A JSON document, given as it is, with <c>json://</c> before it, or as <c>file://PATH</c>.</summary>
    /// <exception cref="KataException">NotFound, PermissionDenied, InvalidArgument: the file cannot be read.</exception>
    public static MessageJsonReader Document(string text, string name)
    {
        if (FilePath(text) is { } path)
        {
            return new MessageJsonReader(path, ReadFile(path));
        }

        string json = text.StartsWith(Json, StringComparison.Ordinal) ? text[Json.Length..] : text;
        return new MessageJsonReader(name, Encoding.UTF8.GetBytes(json));
    }

    /// <summary>A file's bytes.</summary>
    /// <exception cref="KataException">NotFound, PermissionDenied: it cannot be read. InvalidArgument: it is larger than 8 MiB.</exception>
    public static byte[] ReadFile(string path)
    {
        try
        {
            using FileStream file = System.IO.File.OpenRead(path);
            using var bytes = new MemoryStream();
            byte[] buffer = new byte[64 << 10];
            while (file.Read(buffer) is > 0 and int count)
            {
                bytes.Write(buffer, 0, count);
                if (bytes.Length > MaxBytes)
                {
                    throw KataException.Invalid($"{Shown(path)}: larger than {MaxBytes >> 20} MiB");
                }
            }

            return bytes.ToArray();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KataException(ErrorCode.NotFound, $"{Shown(path)}: no such file", error);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException or ArgumentException)
        {
            throw new KataException(ErrorCode.PermissionDenied, $"{Shown(path)}: cannot be read: {error.Message}", error);
        }
    }

    private static string Shown(string path) => Printable.Escape(path, maxLength: 256);
}
