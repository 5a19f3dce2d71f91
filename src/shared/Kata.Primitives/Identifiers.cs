namespace Kata.Primitives;

/// <summary>Rules for the names that callers give to sandboxes, containers and processes. Names become path components, so the rules are strict.</summary>
public static class Identifiers
{
    /// <summary>The longest id accepted, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>Whether a text is an id: one or more of <c>A-Z a-z 0-9 . _ -</c>, the first alphanumeric.</summary>
    public static bool IsValid(string? id)
    {
        if (id is null || id.Length < 1 || id.Length > MaxLength || !char.IsAsciiLetterOrDigit(id[0]))
        {
            return false;
        }

        foreach (char c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Returns the id, or explains what is wrong with it.</summary>
    /// <param name="id">The text to check.</param>
    /// <param name="kind">What it names, for the message: "container id".</param>
    /// <exception cref="KataException">InvalidArgument: not an id.</exception>
    public static string Require(string? id, string kind) => IsValid(id)
        ? id!
        : throw KataException.Invalid(
            $"invalid {kind} '{Printable.Escape(id ?? string.Empty, MaxLength)}': use 1 to {MaxLength} letters, digits, '.', '_' or '-', starting with a letter or digit");
}
