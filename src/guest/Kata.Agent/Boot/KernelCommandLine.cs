using System.Text;

namespace Kata.Agent.Boot;

/// <summary>The words of a kernel command line, split as the kernel splits them: at white space, with double quotes around values that contain some.</summary>
internal sealed class KernelCommandLine
{
    // The kernel's own limit is 2 KiB on x86-64 and arm64; boot loaders go up to 4 KiB.
    private const int MaxLength = 64 * 1024;

    private readonly List<KeyValuePair<string, string?>> _words;

    private KernelCommandLine(List<KeyValuePair<string, string?>> words) => _words = words;

    /// <summary>All words in order; the value is null for a word without '='.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Words => _words;

    /// <summary>Splits a command line. What follows a bare <c>--</c> is for init and is kept like the rest.</summary>
    public static KernelCommandLine Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = new List<KeyValuePair<string, string?>>();
        var word = new StringBuilder();
        bool quoted = false;
        int length = Math.Min(text.Length, MaxLength);
        for (int i = 0; i <= length; i++)
        {
            char c = i < length ? text[i] : ' ';
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (char.IsWhiteSpace(c) && (!quoted || i == length))
            {
                Add(words, word);
            }
            else
            {
                word.Append(c);
            }
        }

        return new KernelCommandLine(words);
    }

    /// <summary>Whether a word is there, with or without a value.</summary>
    public bool Has(string key) => Find(key) >= 0;

    /// <summary>The value of the last word with this key; null when it is missing or has no '='.</summary>
    public string? Value(string key) => Find(key) is var index and >= 0 ? _words[index].Value : null;

    private static void Add(List<KeyValuePair<string, string?>> words, StringBuilder word)
    {
        if (word.Length == 0)
        {
            return;
        }

        string text = word.ToString();
        word.Clear();
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        words.Add(equals < 0 ? new(text, null) : new(text[..equals], text[(equals + 1)..]));
    }

    private int Find(string key) => _words.FindLastIndex(word => word.Key == key);
}
