using System.Collections.Frozen;
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

    private static readonly FrozenDictionary<string, (F Set, F Clear)> FlagWords = new Dictionary<string, (F Set, F Clear)>
    {
        ["async"] = (0, F.Synchronous),
        ["sync"] = (F.Synchronous, 0),
        ["ro"] = (F.ReadOnly, 0),
        ["rw"] = (0, F.ReadOnly),
        ["nosuid"] = (F.NoSetId, 0),
        ["suid"] = (0, F.NoSetId),
        ["nodev"] = (F.NoDevices, 0),
        ["dev"] = (0, F.NoDevices),
        ["noexec"] = (F.NoExecute, 0),
        ["exec"] = (0, F.NoExecute),
        ["nosymfollow"] = (F.NoSymlinkFollow, 0),
        ["symfollow"] = (0, F.NoSymlinkFollow),
        ["remount"] = (F.Remount, 0),
        ["mand"] = (F.MandatoryLocks, 0),
        ["nomand"] = (0, F.MandatoryLocks),
        ["dirsync"] = (F.DirectorySync, 0),
        ["noatime"] = (F.NoAccessTimes, F.RelativeAccessTimes | F.StrictAccessTimes),
        ["atime"] = (0, F.NoAccessTimes),
        ["nodiratime"] = (F.NoDirectoryAccessTimes, 0),
        ["diratime"] = (0, F.NoDirectoryAccessTimes),
        ["relatime"] = (F.RelativeAccessTimes, F.NoAccessTimes | F.StrictAccessTimes),
        ["norelatime"] = (0, F.RelativeAccessTimes),
        ["strictatime"] = (F.StrictAccessTimes, F.NoAccessTimes | F.RelativeAccessTimes),
        ["nostrictatime"] = (0, F.StrictAccessTimes),
        ["lazytime"] = (F.LazyTimes, 0),
        ["nolazytime"] = (0, F.LazyTimes),
        ["iversion"] = (F.InodeVersion, 0),
        ["noiversion"] = (0, F.InodeVersion),
        ["silent"] = (F.Silent, 0),
        ["loud"] = (0, F.Silent),
        ["bind"] = (F.Bind, 0),
        ["rbind"] = (F.Bind | F.Recursive, 0),
        ["defaults"] = (0, F.ReadOnly | F.NoSetId | F.NoDevices | F.NoExecute | F.Synchronous),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, F> PropagationWords = new Dictionary<string, F>
    {
        ["private"] = F.Private,
        ["rprivate"] = F.Private | F.Recursive,
        ["shared"] = F.Shared,
        ["rshared"] = F.Shared | F.Recursive,
        ["slave"] = F.Slave,
        ["rslave"] = F.Slave | F.Recursive,
        ["unbindable"] = F.Unbindable,
        ["runbindable"] = F.Unbindable | F.Recursive,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, (A Set, A Clear)> RecursiveWords = new Dictionary<string, (A Set, A Clear)>
    {
        ["rro"] = (A.ReadOnly, 0),
        ["rrw"] = (0, A.ReadOnly),
        ["rnosuid"] = (A.NoSetId, 0),
        ["rsuid"] = (0, A.NoSetId),
        ["rnodev"] = (A.NoDevices, 0),
        ["rdev"] = (0, A.NoDevices),
        ["rnoexec"] = (A.NoExecute, 0),
        ["rexec"] = (0, A.NoExecute),
        ["rnodiratime"] = (A.NoDirectoryAccessTimes, 0),
        ["rdiratime"] = (0, A.NoDirectoryAccessTimes),
        ["rnosymfollow"] = (A.NoSymlinkFollow, 0),
        ["rsymfollow"] = (0, A.NoSymlinkFollow),

        // The access time mode is one field in which 0 is relatime: "the opposite" of a mode means "back to the default".
        ["rrelatime"] = (0, A.AccessTimeMask),
        ["rnorelatime"] = (A.StrictAccessTimes, A.AccessTimeMask),
        ["rnoatime"] = (A.NoAccessTimes, A.AccessTimeMask),
        ["ratime"] = (0, A.AccessTimeMask),
        ["rstrictatime"] = (A.StrictAccessTimes, A.AccessTimeMask),
        ["rnostrictatime"] = (0, A.AccessTimeMask),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Words for mount(8) and systemd; the kernel would refuse them.
    private static readonly FrozenSet<string> ToolWords =
        new[] { "auto", "noauto", "nofail", "_netdev", "user", "nouser", "users", "owner", "group" }.ToFrozenSet(StringComparer.Ordinal);

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
            foreach (string word in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                RequireLength(word.Length, MaxWordLength);
                RequireLength(++count, MaxWords);
                state.Add(word);
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

            if (FlagWords.TryGetValue(word, out (F Set, F Clear) flag))
            {
                _set = (_set & ~flag.Clear) | flag.Set;
                _clear = (_clear & ~flag.Set) | flag.Clear;
            }
            else if (PropagationWords.TryGetValue(word, out F propagation))
            {
                _propagation.Add(propagation);
            }
            else if (RecursiveWords.TryGetValue(word, out (A Set, A Clear) attribute))
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
                case var _ when ToolWords.Contains(word) || word.StartsWith("x-", StringComparison.Ordinal) || word.StartsWith("comment=", StringComparison.Ordinal):
                    break;
                default:
                    _data.Add(word);
                    break;
            }
        }
    }
}
