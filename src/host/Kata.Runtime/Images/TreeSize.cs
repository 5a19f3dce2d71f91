namespace Kata.Runtime.Images;

/// <summary>Adds up the files of a tree.</summary>
internal static class TreeSize
{
    /// <summary>The sum of the lengths of everything that is no directory and no link, in bytes. Links are not followed.</summary>
    public static long Of(string directory)
    {
        long sum = 0;
        var left = new Stack<DirectoryInfo>([new DirectoryInfo(directory)]);
        while (left.TryPop(out DirectoryInfo? next))
        {
            foreach (FileSystemInfo entry in next.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
            {
                if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                {
                    continue;
                }

                if (entry is DirectoryInfo below)
                {
                    left.Push(below);
                }
                else if (entry is FileInfo file)
                {
                    sum += file.Length;
                }
            }
        }

        return sum;
    }
}
