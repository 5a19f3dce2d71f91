namespace Kata.Rego.Syntax;

/// <summary>The words that name nothing.</summary>
internal static class Keywords
{
    private static readonly string[] Words =
        ["as", "default", "else", "every", "false", "if", "import", "in", "not", "null", "package", "some", "true", "with"];

    /// <summary>Whether a word is a keyword. <c>contains</c> is one only in the head of a rule, because a function has that name too.</summary>
    public static bool Has(string word) => Array.IndexOf(Words, word) >= 0;
}
