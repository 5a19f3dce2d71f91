using System.Globalization;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Storage;

/// <summary>The kernel's pool of huge pages, which grows by what a volume needs and shrinks when the volume goes. Safe for concurrent use.</summary>
/// <param name="directory">Where the kernel keeps it; <c>/sys/kernel/mm/hugepages</c>.</param>
internal sealed class HugePagePool(string directory = "/sys/kernel/mm/hugepages")
{
    private const int MaxText = 64;

    private readonly Lock _gate = new();

    /// <summary>Checks that the kernel has pages of a size and that a volume's size is a number of them.</summary>
    /// <exception cref="KataException">InvalidArgument: it has not, or it is not.</exception>
    public void Require(long pageSize, long size)
    {
        if (pageSize % 1024 != 0 || !File.Exists(Counter(pageSize)))
        {
            throw KataException.Invalid($"hugetlbfs storage: the guest's kernel has no huge pages of {pageSize} bytes");
        }

        if (size % pageSize != 0)
        {
            throw KataException.Invalid($"hugetlbfs storage: size {size} is no multiple of the page size {pageSize}");
        }
    }

    /// <summary>Adds pages for a volume.</summary>
    /// <exception cref="KataException">ResourceExhausted: the guest has not enough free memory in one piece; the pool is as before.</exception>
    public void Grow(long pageSize, long size)
    {
        lock (_gate)
        {
            long before = Read(pageSize);
            Write(pageSize, before + (size / pageSize));
            long after = Read(pageSize);
            if (after < before + (size / pageSize))
            {
                Write(pageSize, before);
                throw new KataException(
                    ErrorCode.ResourceExhausted,
                    $"hugetlbfs storage: the guest could make {after - before} of {size / pageSize} huge pages of {pageSize} bytes; give the sandbox more memory");
            }
        }
    }

    /// <summary>Gives the pages of a volume back.</summary>
    public void Shrink(long pageSize, long size)
    {
        lock (_gate)
        {
            Write(pageSize, Math.Max(0, Read(pageSize) - (size / pageSize)));
        }
    }

    private string Counter(long pageSize) =>
        string.Create(CultureInfo.InvariantCulture, $"{directory}/hugepages-{pageSize / 1024}kB/nr_hugepages");

    private long Read(long pageSize) => long.Parse(BoundedFile.ReadText(Counter(pageSize), MaxText), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);

    private void Write(long pageSize, long pages) => BoundedFile.WriteOnce(Counter(pageSize), pages.ToString(CultureInfo.InvariantCulture));
}
