namespace Kata.Rego.Values;

/// <summary>The order of values, for sorting and searching.</summary>
internal sealed class ValueOrder : IComparer<RegoValue>
{
    public static readonly ValueOrder Instance = new();

    public int Compare(RegoValue? x, RegoValue? y) => RegoValue.Compare(x!, y!);
}
