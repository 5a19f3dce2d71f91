namespace Kata.Agent.Files;

/// <summary>Which bytes of a file have arrived. Not safe for concurrent use.</summary>
internal sealed class ByteRanges
{
    /// <summary>The most pieces with gaps between them.</summary>
    public const int MaxPieces = 4096;

    private readonly List<(long Start, long End)> _pieces = []; // sorted, apart from each other

    /// <summary>Whether the first byte is among them.</summary>
    public bool HasStart => _pieces.Count > 0 && _pieces[0].Start == 0;

    /// <summary>Notes a piece.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="length">Its length; 0 is nothing.</param>
    /// <returns>False when there would be too many pieces.</returns>
    public bool Add(long start, long length)
    {
        if (length == 0)
        {
            return true;
        }

        long end = start + length;
        int first = _pieces.FindIndex(piece => piece.End >= start);
        first = first < 0 ? _pieces.Count : first;
        int count = 0;
        while (first + count < _pieces.Count && _pieces[first + count].Start <= end)
        {
            start = Math.Min(start, _pieces[first + count].Start);
            end = Math.Max(end, _pieces[first + count].End);
            count++;
        }

        if (count == 0 && _pieces.Count >= MaxPieces)
        {
            return false;
        }

        _pieces.RemoveRange(first, count);
        _pieces.Insert(first, (start, end));
        return true;
    }

    /// <summary>Whether a file of this size is complete.</summary>
    public bool Cover(long size) => size == 0 || (_pieces.Count == 1 && _pieces[0].Start == 0 && _pieces[0].End >= size);
}
