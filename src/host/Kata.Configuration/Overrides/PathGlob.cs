namespace Kata.Configuration.Overrides;

/// <summary>Shell globs over absolute paths: <c>*</c>, <c>?</c> and <c>[a-z]</c>, none of which crosses a slash. No file is looked at.</summary>
internal static class PathGlob
{
    /// <summary>Whether a path matches a pattern. A path that is not absolute, or has an empty, <c>.</c> or <c>..</c> part, matches nothing.</summary>
    internal static bool Matches(string pattern, string path)
    {
        string[] patternParts = pattern.Split('/');
        string[] parts = path.Split('/');
        if (parts.Length < 2 || parts[0].Length > 0 || parts.Length != patternParts.Length || patternParts[0].Length > 0)
        {
            return false;
        }

        return !parts.Skip(1).Any(part => part is "" or "." or "..") && parts.Zip(patternParts).All(pair => MatchesPart(pair.Second, pair.First));
    }

    // Greedy with one point to come back to, so it takes at most the product of both lengths.
    private static bool MatchesPart(string pattern, string text)
    {
        int p = 0;
        int t = 0;
        int starPattern = -1;
        int starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                starPattern = p++;
                starText = t;
            }
            else if (p < pattern.Length && MatchesOne(pattern, p, text[t], out int next))
            {
                p = next;
                t++;
            }
            else if (starPattern >= 0)
            {
                p = starPattern + 1;
                t = ++starText;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).Trim('*').IsEmpty;
    }

    private static bool MatchesOne(string pattern, int at, char c, out int next)
    {
        next = at + 1;
        switch (pattern[at])
        {
            case '?':
                return true;
            case '\\' when at + 1 < pattern.Length:
                next = at + 2;
                return pattern[at + 1] == c;
            case '[':
                int close = pattern.IndexOf(']', at + 1);
                next = close + 1;
                return close > at + 1 && MatchesClass(pattern.AsSpan(at + 1, close - at - 1), c);
            default:
                return pattern[at] == c;
        }
    }

    private static bool MatchesClass(ReadOnlySpan<char> set, char c)
    {
        bool negated = set[0] is '^' or '!';
        set = negated ? set[1..] : set;
        bool found = false;
        for (int i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                found |= c >= set[i] && c <= set[i + 2];
                i += 2;
            }
            else
            {
                found |= c == set[i];
            }
        }

        return found != negated;
    }
}
