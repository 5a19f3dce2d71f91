using System.Collections;

namespace Kata.Rego.Values;

/// <summary>Bytes seen as an array of numbers from 0 to 255, which is how requests show their data to a policy; nothing is made per byte.</summary>
/// <param name="bytes">The bytes, which must not change.</param>
public sealed class ByteNumbers(ReadOnlyMemory<byte> bytes) : IReadOnlyList<RegoValue>
{
    /// <inheritdoc/>
    public int Count => bytes.Length;

    /// <inheritdoc/>
    public RegoValue this[int index] => RegoNumber.Of((Int128)bytes.Span[index]);

    /// <inheritdoc/>
    public IEnumerator<RegoValue> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
