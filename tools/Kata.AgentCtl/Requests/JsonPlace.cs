using System.Globalization;
using System.Text;
using System.Text.Json;
using Kata.Primitives;

namespace Kata.AgentCtl.Requests;

/// <summary>Says where in a JSON document something is wrong.</summary>
/// <param name="Name">What to call the document.</param>
/// <param name="Text">The document, in UTF-8.</param>
internal readonly record struct JsonPlace(string Name, ReadOnlyMemory<byte> Text)
{
    /// <summary>The error for a value that was just read.</summary>
    /// <param name="offset">Where it begins, in bytes.</param>
    /// <param name="path">The way to the field: <c>OCI.Process.Args[1]</c>; empty for the document itself.</param>
    /// <param name="problem">What is wrong.</param>
    public KataException Error(long offset, string path, string problem)
    {
        ReadOnlySpan<byte> before = Text.Span[..(int)Math.Min(offset, Text.Length)];
        int line = before.Count((byte)'\n') + 1;
        int column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return At(line, column, path, problem);
    }

    /// <summary>The error for a document that is no JSON.</summary>
    public KataException Malformed(JsonException error)
    {
        string message = error.Message;
        int end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string bare = Printable.Escape((end < 0 ? message : message[..end]).TrimEnd('.', ' '), maxLength: 256);
        return At((error.LineNumber ?? 0) + 1, (error.BytePositionInLine ?? 0) + 1, "", bare.Length > 0 ? char.ToLowerInvariant(bare[0]) + bare[1..] : "no JSON");
    }

    private KataException At(long line, long column, string path, string problem)
    {
        string field = path.Length == 0 ? "" : $"{Printable.Escape(path, maxLength: 200)}: ";
        return KataException.Invalid(string.Create(CultureInfo.InvariantCulture, $"{Name}: line {line}, column {column}: {field}{problem}"));
    }
}
