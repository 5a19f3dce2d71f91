namespace Kata.Rego.Evaluation;

/// <summary>What a policy prints. The last lines are kept: they tell why a request was refused.</summary>
internal sealed class PrintLog(int room)
{
    /// <summary>Characters of one line.</summary>
    public const int MaxLine = 1024;

    private readonly Queue<string> _lines = new();
    private int _length;

    public IReadOnlyList<string> Lines => [.. _lines];

    public void Add(string line)
    {
        string kept = line.Length > MaxLine ? string.Concat(line.AsSpan(0, MaxLine), "…") : line;
        _lines.Enqueue(kept);
        _length += kept.Length;
        while (_length > room && _lines.Count > 1)
        {
            _length -= _lines.Dequeue().Length;
        }
    }
}
