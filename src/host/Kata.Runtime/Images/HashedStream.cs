using System.Security.Cryptography;

using Kata.Oci.Images;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Computes the checksum of what is read through it, and stops at a limit. Owns the stream below.</summary>
internal sealed class HashedStream : ForwardStream
{
    private readonly Stream _inner;
    private readonly IncrementalHash _hash;
    private readonly string _name;
    private readonly long _limit;

    /// <summary>Wraps a stream.</summary>
    /// <param name="inner">The stream; disposed with this one.</param>
    /// <param name="algorithm">Algorithm of a digest.</param>
    /// <param name="limit">The most bytes that may come.</param>
    /// <param name="name">What it is, for errors.</param>
    public HashedStream(Stream inner, string algorithm, long limit, string name)
    {
        _inner = inner;
        _limit = limit;
        _name = name;
        _hash = IncrementalHash.CreateHash(algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
    }

    /// <summary>How many bytes were read.</summary>
    public long Count { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        int count = _inner.Read(buffer);
        _hash.AppendData(buffer[..count]);
        Count += count;
        return Count <= _limit
            ? count
            : throw new KataException(ErrorCode.ResourceExhausted, $"{_name} has more than the {_limit} bytes it may have");
    }

    /// <summary>Reads the rest and compares.</summary>
    /// <param name="wanted">The digest it has to have.</param>
    /// <exception cref="KataException">InvalidArgument: it has another one.</exception>
    public void RequireDigest(Digest wanted)
    {
        byte[] buffer = new byte[16 << 10];
        while (Read(buffer) > 0)
        {
        }

        string hex = Convert.ToHexStringLower(_hash.GetCurrentHash());
        if (hex != wanted.Hex)
        {
            throw KataException.Invalid($"{_name} is damaged or was tampered with: its digest is {wanted.Algorithm}:{hex} where {wanted} was expected");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
