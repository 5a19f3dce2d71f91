using System.Text;
using Kata.Primitives;

namespace Kata.AgentCtl.Requests;

/// <summary>Splits a line into words as a shell does: quotes hold words together, a backslash takes the next character as it is.</summary>
/// <remarks>A word that begins with <c>{</c>, <c>[</c> or <c>json://</c>, or has one of them right after its <c>=</c>, is JSON: it ends with its last bracket, and quotes in it stay.</remarks>
internal static class WordSplitter
{
    private const string JsonPrefix = "json://";

    /// <summary>Splits.</summary>
    /// <exception cref="KataException">InvalidArgument: a quote or bracket is not closed; the message says which and where.</exception>
    public static IReadOnlyList<string> Split(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var words = new List<string>();
        int at = 0;
        while (true)
        {
            while (at < line.Length && char.IsWhiteSpace(line[at]))
            {
                at++;
            }

            if (at == line.Length)
            {
                return words;
            }

            words.Add(ReadWord(line, ref at));
        }
    }

    private static string ReadWord(string line, ref int at)
    {
        var word = new StringBuilder();
        bool valueStarts = true;
        while (at < line.Length && !char.IsWhiteSpace(line[at]))
        {
            char c = line[at];
            if (valueStarts && string.CompareOrdinal(line, at, JsonPrefix, 0, JsonPrefix.Length) == 0)
            {
                word.Append(JsonPrefix);
                at += JsonPrefix.Length;
                continue;
            }

            if (valueStarts && c is '{' or '[')
            {
                ReadJson(line, ref at, word);
                valueStarts = false;
                continue;
            }

            valueStarts = c == '=' && !word.ToString().Contains('=', StringComparison.Ordinal);
            switch (c)
            {
                case '\'' or '"':
                    ReadQuoted(line, ref at, word);
                    break;
                case '\\' when at + 1 < line.Length:
                    word.Append(line[at + 1]);
                    at += 2;
                    break;
                default:
                    word.Append(c);
                    at++;
                    break;
            }
        }

        return word.ToString();
    }

    private static void ReadQuoted(string line, ref int at, StringBuilder word)
    {
        char quote = line[at];
        int start = at++;
        while (at < line.Length && line[at] != quote)
        {
            if (quote == '"' && line[at] == '\\' && at + 1 < line.Length && line[at + 1] is '"' or '\\')
            {
                at++;
            }

            word.Append(line[at++]);
        }

        if (at++ >= line.Length)
        {
            throw KataException.Invalid($"the quote {quote} in column {start + 1} is not closed");
        }
    }

    private static void ReadJson(string line, ref int at, StringBuilder word)
    {
        int start = at;
        int depth = 0;
        bool text = false;
        for (; at < line.Length; at++)
        {
            char c = line[at];
            word.Append(c);
            if (text)
            {
                if (c == '\\' && at + 1 < line.Length)
                {
                    word.Append(line[++at]);
                }

                text = c != '"';
                continue;
            }

            text = c == '"';
            depth += c is '{' or '[' ? 1 : c is '}' or ']' ? -1 : 0;
            if (depth == 0)
            {
                at++;
                return;
            }
        }

        throw KataException.Invalid($"the bracket {line[start]} in column {start + 1} is not closed");
    }
}
