using Kata.Primitives;
using Kata.Runtime.Images;

namespace Kata.Runtime.Fuzz;

/// <summary>Any bytes as an archive: it is read to its end, or refused with a code, in memory that does not depend on what it claims.</summary>
public static class TarFuzzTarget
{
    private const int MaxEntries = 10_000;

    /// <summary>Runs once.</summary>
    /// <param name="data">Any bytes.</param>
    public static void Run(ReadOnlySpan<byte> data)
    {
        using var archive = new MemoryStream(data.ToArray());
        var reader = new TarReader(archive);
        byte[] buffer = new byte[4096];
        try
        {
            for (int count = 0; count < MaxEntries && reader.Next() is { } entry; count++)
            {
                if (entry.Name.Contains('\0', StringComparison.Ordinal) || entry.LinkTarget.Contains('\0', StringComparison.Ordinal))
                {
                    throw new InvalidOperationException("a name has a NUL in it");
                }

                long length = 0;
                while (reader.Read(buffer) is > 0 and var read)
                {
                    length += read;
                }

                if (length != entry.Size)
                {
                    throw new InvalidOperationException($"an entry of {entry.Size} bytes gave {length}");
                }
            }
        }
        catch (KataException error) when (error.Code is ErrorCode.InvalidArgument or ErrorCode.Unsupported)
        {
            return;
        }
    }
}
