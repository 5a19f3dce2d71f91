using System.Globalization;
using Kata.Linux.Mounts;
using Kata.Primitives;

namespace Kata.Agent.Storage;

/// <summary>The option words of a storage, some of which are for the agent and not for mount(2).</summary>
internal sealed class StorageOptions
{
    private const int MaxWords = 256;
    private const string OwnPrefix = "io.katacontainers.";

    private readonly List<string> _words;

    /// <summary>Copies the words of a request.</summary>
    /// <exception cref="KataException">InvalidArgument: too many of them.</exception>
    public StorageOptions(IReadOnlyList<string> words)
    {
        if (words.Count > MaxWords)
        {
            throw KataException.Invalid($"a storage has {words.Count} options; the most is {MaxWords}");
        }

        _words = [.. words];
    }

    /// <summary>The words not taken yet.</summary>
    public IReadOnlyList<string> Rest => _words;

    /// <summary>Takes <c>name=value</c> out; null if there is none. The last one counts.</summary>
    public string? Take(string name)
    {
        string? value = null;
        foreach (string word in _words)
        {
            if (Matches(word, name))
            {
                value = word[(name.Length + 1)..];
            }
        }

        _words.RemoveAll(word => Matches(word, name));
        return value;
    }

    /// <summary>Takes all <c>name=value</c> out, in order.</summary>
    public IReadOnlyList<string> TakeAll(string name)
    {
        List<string> values = _words.FindAll(word => Matches(word, name)).ConvertAll(word => word[(name.Length + 1)..]);
        _words.RemoveAll(word => Matches(word, name));
        return values;
    }

    /// <summary>Takes a word out.</summary>
    /// <returns>Whether it was there.</returns>
    public bool TakeWord(string word) => _words.RemoveAll(other => other == word) > 0;

    /// <summary>Takes a group id out.</summary>
    /// <exception cref="KataException">InvalidArgument: not an id.</exception>
    public uint? TakeGroup(string name) =>
        Take(name) is not { } text ? null
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue ? id
        : throw KataException.Invalid($"storage option {name}={Printable.Escape(text, 32)} is not a group id");

    /// <summary>Takes permission bits out, written in octal.</summary>
    /// <exception cref="KataException">InvalidArgument: not permission bits.</exception>
    public uint? TakeMode(string name)
    {
        if (Take(name) is not { } text)
        {
            return null;
        }

        uint mode = 0;
        foreach (char c in text)
        {
            mode = c is >= '0' and <= '7' && mode <= 0x1ff ? (mode << 3) | (uint)(c - '0') : uint.MaxValue;
        }

        return text.Length > 0 && mode <= 0xfff ? mode : throw KataException.Invalid($"storage option {name}={Printable.Escape(text, 32)} is not an octal mode");
    }

    /// <summary>Reads the words that are left as those of mount(2).</summary>
    /// <exception cref="KataException">InvalidArgument: a word is malformed. Unsupported: one asks for what the guest does not do.</exception>
    public MountOptions TakeMountOptions()
    {
        if (_words.Find(word => word.StartsWith(OwnPrefix, StringComparison.Ordinal)) is { } own)
        {
            throw KataException.Unsupported($"storage option '{Printable.Escape(own, 128)}' is not supported by this driver in the guest");
        }

        MountOptions options = MountOptionParser.Parse(_words);
        if (options.CopyUp || options.IdMapped)
        {
            throw KataException.Unsupported("storage options tmpcopyup and idmap are not supported in the guest");
        }

        if ((options.Flags & MountFlags.Remount) != 0)
        {
            throw KataException.Invalid("storage option remount: a storage is mounted, not changed");
        }

        return options;
    }

    private static bool Matches(string word, string name) =>
        word.Length > name.Length && word[name.Length] == '=' && word.StartsWith(name, StringComparison.Ordinal);
}
