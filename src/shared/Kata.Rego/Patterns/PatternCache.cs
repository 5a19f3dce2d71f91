namespace Kata.Rego.Patterns;

/// <summary>
/// The patterns that a policy used lately, compiled once for all its evaluations; safe for concurrent use. There are two generations of entries: when
/// the younger one is full it becomes the older one, whose entries are gone at the next change unless they were used. So requests that choose patterns
/// cannot make it grow, and at worst make it useless.
/// </summary>
internal sealed class PatternCache
{
    private const int MaxEntries = 512;
    private const int MaxSize = 20_000;
    private const int MaxText = 4096;

    private readonly Lock _lock = new();
    private Dictionary<PatternKey, (Pattern? Pattern, int Size)> _young = [];
    private Dictionary<PatternKey, (Pattern? Pattern, int Size)> _old = [];
    private int _size;

    /// <summary>How many entries there are; for tests.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _young.Count + _old.Count;
            }
        }
    }

    /// <summary>Finds what is known of a pattern.</summary>
    /// <param name="key">The pattern.</param>
    /// <param name="pattern">The pattern; null when the text is none.</param>
    /// <returns>Whether anything is known.</returns>
    public bool TryGet(PatternKey key, out Pattern? pattern)
    {
        lock (_lock)
        {
            if (_young.TryGetValue(key, out (Pattern? Pattern, int Size) entry))
            {
                pattern = entry.Pattern;
                return true;
            }

            if (_old.Remove(key, out entry))
            {
                Put(key, entry.Pattern, entry.Size);
                pattern = entry.Pattern;
                return true;
            }

            pattern = null;
            return false;
        }
    }

    /// <summary>Remembers a pattern, unless it is very large.</summary>
    public void Add(PatternKey key, Pattern? pattern, int size)
    {
        if (key.Text.Length > MaxText || size > MaxSize / 4)
        {
            return;
        }

        lock (_lock)
        {
            Put(key, pattern, size);
        }
    }

    private void Put(PatternKey key, Pattern? pattern, int size)
    {
        if (_young.Count >= MaxEntries || _size + size > MaxSize)
        {
            (_old, _young, _size) = (_young, [], 0);
        }

        if (_young.TryAdd(key, (pattern, size)))
        {
            _size += size;
        }
    }
}
