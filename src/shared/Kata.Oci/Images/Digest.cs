using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

using Kata.Primitives;

namespace Kata.Oci.Images;

/// <summary>Name of a blob: an algorithm and the checksum it gives, such as <c>sha256:9f86…</c>. Safe to use in a path.</summary>
/// <remarks>Only sha256 and sha512 exist; a digest that was parsed is one of these with hexadecimal digits of the right length.</remarks>
[JsonConverter(typeof(DigestConverter))]
public readonly record struct Digest
{
    private readonly string? _algorithm;
    private readonly string? _hex;

    private Digest(string algorithm, string hex)
    {
        _algorithm = algorithm;
        _hex = hex;
    }

    /// <summary><c>sha256</c> or <c>sha512</c>; empty for the default value.</summary>
    public string Algorithm => _algorithm ?? "";

    /// <summary>The checksum in lower-case hexadecimal digits; empty for the default value.</summary>
    public string Hex => _hex ?? "";

    /// <summary>True for the default value, which names nothing.</summary>
    public bool IsEmpty => _hex is null;

    /// <summary>Reads a digest.</summary>
    /// <exception cref="KataException">InvalidArgument: the text is no digest, or of an algorithm that is not supported.</exception>
    public static Digest Parse(string text) => TryParse(text, out Digest digest)
        ? digest
        : throw KataException.Invalid($"\"{Printable.Escape(text, maxLength: 160)}\" is no digest: expected sha256: or sha512: and lower-case hexadecimal digits");

    /// <summary>Reads a digest; false if the text is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0)
        {
            return false;
        }

        string algorithm = text![..colon];
        string hex = text[(colon + 1)..];
        int length = algorithm switch
        {
            "sha256" => 64,
            "sha512" => 128,
            _ => -1,
        };
        if (hex.Length != length || !hex.All(char.IsAsciiHexDigitLower))
        {
            return false;
        }

        digest = new Digest(algorithm, hex);
        return true;
    }

    /// <summary>The digest of a finished SHA-256 computation.</summary>
    /// <param name="hash">32 bytes.</param>
    public static Digest FromSha256(ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, 32, nameof(hash));
        return new Digest("sha256", Convert.ToHexStringLower(hash));
    }

    /// <summary>The usual form, <c>algorithm:hex</c>.</summary>
    public override string ToString() => IsEmpty ? "" : $"{_algorithm}:{_hex}";
}
