namespace Kata.Rego.Patterns;

/// <summary>The places of a pattern that matching is at, the preferred ones first; each at most once.</summary>
internal sealed class Threads(int size)
{
    private readonly List<(int Place, int[] Saved)> _threads = [];
    private readonly int[] _visited = new int[size];
    private int _round = 1;

    public int Count => _threads.Count;

    public (int Place, int[] Saved) this[int index] => _threads[index];

    /// <summary>Whether a place is new in this round.</summary>
    public bool Visit(int place)
    {
        bool isNew = _visited[place] != _round;
        _visited[place] = _round;
        return isNew;
    }

    public void Add(int place, int[] saved) => _threads.Add((place, saved));

    public void Clear()
    {
        _threads.Clear();
        _round++;
    }
}
