using Kata.Primitives;
using A = Kata.Linux.Mounts.MountAttributes;
using F = Kata.Linux.Mounts.MountFlags;

namespace Kata.Linux.Mounts;

/// <summary>Reads the option words of fstab and of the OCI runtime specification (config.md, "Linux mount options").</summary>
public static class MountOptionParser
{
    private const int MaxWords = 1024;
    private const int MaxWordLength = 4096;
    private const int MaxListLength = 64 * 1024;
    private const F AccessTimes = F.NoAccessTimes | F.RelativeAccessTimes | F.StrictAccessTimes;

    /// <summary>Reads words. A word may itself be a list: <c>ro,size=64k</c>.</summary>
    /// <param name="words">The words, as a specification or a runtime sends them.</param>
    /// <exception cref="KataException">InvalidArgument: a NUL, or more or longer words than any mount needs.</exception>
    public static MountOptions Parse(IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var state = new State();
        int count = 0;
        foreach (string list in words)
        {
            RequireLength(list.Length, MaxListLength);
            foreach (Range range in list.AsSpan().Split(','))
            {
                ReadOnlySpan<char> word = list.AsSpan(range).Trim();
                if (word.IsEmpty)
                {
                    continue;
                }

                RequireLength(word.Length, MaxWordLength);
                RequireLength(++count, MaxWords);
                state.Add(word.Length == list.Length ? list : word.ToString());
            }
        }

        return state.ToOptions();
    }

    private static void RequireLength(int length, int max)
    {
        if (length > max)
        {
            throw KataException.Invalid($"too many or too long mount options: at most {MaxWords} words of {MaxWordLength} characters");
        }
    }

    private sealed class State
    {
        private readonly List<F> _propagation = [];
        private readonly List<string> _data = [];
        private F _set;
        private F _clear;
        private A _recursiveSet;
        private A _recursiveClear;
        private bool _copyUp;
        private bool _idMap;
        private bool _recursiveIdMap;

        internal void Add(string word)
        {
            if (word.Contains('\0', StringComparison.Ordinal))
            {
                throw KataException.Invalid($"mount option '{Printable.Escape(word, 64)}' has a NUL in it");
            }

            if (MountOptionWords.Flag(word) is { } flag)
            {
                _set = (_set & ~flag.Clear) | flag.Set;
                _clear = (_clear & ~flag.Set) | flag.Clear;
            }
            else if (MountOptionWords.Propagation(word) is { } propagation)
            {
                _propagation.Add(propagation);
            }
            else if (MountOptionWords.Recursive(word) is { } attribute)
            {
                _recursiveSet = (_recursiveSet & ~attribute.Clear) | attribute.Set;
                _recursiveClear = (_recursiveClear & ~attribute.Set) | attribute.Clear;
            }
            else
            {
                AddOther(word);
            }
        }

        internal MountOptions ToOptions() => new()
        {
            Flags = _set,
            ClearedFlags = _clear,
            Propagation = _propagation,
            RecursiveSet = _recursiveSet,
            RecursiveClear = _recursiveClear,
            Data = _data,
            CopyUp = _copyUp,
            IdMapped = _idMap,
            IdMappedRecursive = _recursiveIdMap,
        };

        private void AddOther(string word)
        {
            switch (word)
            {
                case "tmpcopyup":
                    _copyUp = true;
                    break;
                case "idmap" or "ridmap":
                    _idMap = true;
                    _recursiveIdMap |= word == "ridmap";
                    break;
                case var _ when MountOptionWords.IsForTools(word) || word.StartsWith("x-", StringComparison.Ordinal) || word.StartsWith("comment=", StringComparison.Ordinal):
                    break;
                default:
                    _data.Add(word);
                    break;
            }
        }
    }
}
