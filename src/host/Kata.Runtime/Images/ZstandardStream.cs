using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Kata.Runtime.Images;

/// <summary>
/// The plain form of Zstandard frames, one after the other; skippable frames are skipped. Damage is <see cref="InvalidDataException"/>, as with the other
/// decompressing streams. Owns the stream below.
/// </summary>
internal sealed class ZstandardStream : ForwardStream
{
    // The frame says how much of its output the decoder must remember. This is the reference tool's limit unless it is told otherwise: 128 MiB.
    private const int LargestWindowLog = 27;

    private readonly DecompressionStream _decoder;

    /// <summary>Wraps a stream.</summary>
    /// <param name="packed">At the start of a frame; disposed with this one.</param>
    public ZstandardStream(Stream packed)
    {
        _decoder = new DecompressionStream(packed, checkEndOfStream: true, leaveOpen: false);
        _decoder.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _decoder.Read(buffer);
        }
        catch (Exception error) when (error is ZstdException or EndOfStreamException)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
        }

        base.Dispose(disposing);
    }
}
