using System.Buffers;
using System.Text;
using Kata.Primitives;

namespace Kata.Linux.Paths;

/// <summary>Reads and writes of small files: those of procfs, sysfs and cgroups, and files whose size somebody else chose.</summary>
public static class BoundedFile
{
    private const int FirstBuffer = 4096;

    /// <summary>Reads an open file from its present position to its end.</summary>
    /// <param name="file">A regular file; those of procfs and sysfs count.</param>
    /// <param name="name">For messages.</param>
    /// <param name="maxBytes">The largest size accepted.</param>
    /// <exception cref="KataException">ResourceExhausted: it is larger. InvalidArgument: not a regular file.</exception>
    public static byte[] Read(Fd file, string name, int maxBytes)
    {
        if (FileAt.Status(file).Kind != FileKind.Regular)
        {
            throw KataException.Invalid($"{Printable.Escape(name, 256)} is not a regular file");
        }

        return ReadRegular(file, name, maxBytes);
    }

    /// <summary>Reads an open file that is known to be a regular one.</summary>
    /// <inheritdoc cref="Read(Fd, string, int)"/>
    internal static byte[] ReadRegular(Fd file, string name, int maxBytes)
    {
        // procfs says size 0, so the size is no guide.
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(FirstBuffer, maxBytes + 1L));
        try
        {
            int length = 0;
            while (true)
            {
                int count = FdIo.Read(file, buffer.AsSpan(length));
                if (count == 0)
                {
                    return buffer.AsSpan(0, length).ToArray();
                }

                length += count;
                if (length > maxBytes)
                {
                    throw new KataException(ErrorCode.ResourceExhausted, $"{Printable.Escape(name, 256)} is larger than {maxBytes} bytes");
                }

                if (length == buffer.Length)
                {
                    Enlarge(ref buffer, (int)Math.Min(buffer.Length * 2L, maxBytes + 1L));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Enlarge(ref byte[] buffer, int size)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    /// <summary>Reads a file by a path of the caller's own.</summary>
    /// <inheritdoc cref="Read(Fd, string, int)"/>
    public static byte[] Read(string path, int maxBytes)
    {
        using Fd file = Fd.Open(NativePath.Require(path), OpenFlags.ReadOnly | OpenFlags.NonBlocking);
        return Read(file, path, maxBytes);
    }

    /// <summary>Reads a text file by a path of the caller's own.</summary>
    /// <inheritdoc cref="Read(Fd, string, int)"/>
    public static string ReadText(string path, int maxBytes) => Encoding.UTF8.GetString(Read(path, maxBytes));

    /// <summary>Writes to an existing file in a single write(2), as the files of procfs, sysfs and cgroups want it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">What to write.</param>
    /// <exception cref="LinuxException">As open(2) and write(2).</exception>
    public static void WriteOnce(string path, string text)
    {
        using Fd file = Fd.Open(NativePath.Require(path), OpenFlags.WriteOnly);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Errno error = FdIo.TryWrite(file, bytes, out int count);
        if (error != 0)
        {
            throw new LinuxException("write", error, $"{path} ('{text}')");
        }

        if (count != bytes.Length)
        {
            throw new KataException(ErrorCode.Internal, $"write {path}: the kernel took {count} of {bytes.Length} bytes");
        }
    }

    /// <summary>As <see cref="WriteOnce"/>, if there is such a file: kernels differ in the settings that they have.</summary>
    /// <returns>False: there is none.</returns>
    /// <exception cref="LinuxException">As open(2) and write(2), but for ENOENT.</exception>
    public static bool TryWriteOnce(string path, string text)
    {
        try
        {
            WriteOnce(path, text);
            return true;
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            return false;
        }
    }
}
