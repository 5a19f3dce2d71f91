namespace Kata.Linux.Cgroups;

/// <summary>Finds the sizes of huge pages that a group has files for.</summary>
internal static class HugePageSizes
{
    private const string Prefix = "hugetlb.";

    /// <summary>The sizes, such as <c>2MB</c>.</summary>
    /// <param name="directory">The group's directory; null for none.</param>
    /// <param name="suffix">The rest of the file's name after the size.</param>
    internal static IEnumerable<string> Of(CgroupDirectory? directory, string suffix)
    {
        if (directory is null || !directory.Exists)
        {
            return [];
        }

        return Directory.EnumerateFiles(directory.Path, $"{Prefix}*{suffix}")
            .Select(path => Path.GetFileName(path)[Prefix.Length..^suffix.Length])
            .Where(size => !size.Contains('.', StringComparison.Ordinal));
    }
}
