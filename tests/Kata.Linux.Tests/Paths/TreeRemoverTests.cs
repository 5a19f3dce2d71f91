using Kata.Linux.Mounts;
using Kata.Linux.Paths;

namespace Kata.Linux.Tests.Paths;

public sealed class TreeRemoverTests
{
    [Fact]
    public void Remove_TreeWithLinksOut_LeavesTheirTargets()
    {
        using var outside = new TemporaryDirectory();
        using var directory = new TemporaryDirectory();
        File.WriteAllText(outside.Of("kept"), string.Empty);
        Directory.CreateDirectory(directory.Of("tree/a/b"));
        File.WriteAllText(directory.Of("tree/a/b/file"), string.Empty);
        Directory.CreateSymbolicLink(directory.Of("tree/a/link"), outside.Path);

        TreeRemover.Remove(directory.Of("tree"));

        Assert.False(Directory.Exists(directory.Of("tree")));
        Assert.True(File.Exists(outside.Of("kept")));
    }

    [Fact]
    public void Remove_LinkAsTop_RemovesTheLink()
    {
        using var outside = new TemporaryDirectory();
        using var directory = new TemporaryDirectory();
        Directory.CreateSymbolicLink(directory.Of("tree"), outside.Path);

        TreeRemover.Remove(directory.Of("tree"));

        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
        Assert.True(Directory.Exists(outside.Path));
    }

    [Fact]
    public void Remove_VeryDeepTree_Works()
    {
        using var directory = new TemporaryDirectory();
        using Fd root = directory.Open();
        FileAt.MakeDirectory(root, "tree");
        Fd current = FileAt.Open(root, "tree", OpenFlags.ReadOnly);
        for (int i = 0; i < 3000; i++)
        {
            FileAt.MakeDirectory(current, "d");
            FileAt.MakeNode(current, "f", FileKind.Regular, 0x180);
            Fd next = FileAt.Open(current, "d", OpenFlags.ReadOnly);
            current.Dispose();
            current = next;
        }

        current.Dispose();
        TreeRemover.Remove(root, "tree");

        Assert.Empty(DirectoryReader.Read(root));
    }

    [Fact]
    public void RemoveContents_ManyEntries_LeavesTheDirectoryEmpty()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Of("tree/sub/sub"));
        for (int i = 0; i < 2000; i++)
        {
            File.WriteAllText(directory.Of($"tree/a-file-with-a-long-name-{i}"), string.Empty);
        }

        using Fd tree = Fd.Open(directory.Of("tree"), OpenFlags.Path);
        int seen = 0;
        using (var stream = new DirectoryStream(tree))
        {
            while (stream.Next() is { Count: > 0 } entries)
            {
                Assert.InRange(entries.Count, 1, 500);
                seen += entries.Count;
            }
        }

        TreeRemover.RemoveContents(tree);

        Assert.Equal(2001, seen);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Of("tree")));
    }

    [Fact]
    public void Remove_Nothing_IsNoError()
    {
        using var directory = new TemporaryDirectory();

        TreeRemover.Remove(directory.Of("none"));
        TreeRemover.Remove(directory.Of("none/none"));
    }

    [Fact]
    public void Remove_MountInside_StopsBeforeEmptyingIt() => MountNamespaceThread.Run(() =>
    {
        using var outside = new TemporaryDirectory();
        using var directory = new TemporaryDirectory();
        File.WriteAllText(outside.Of("kept"), string.Empty);
        Directory.CreateDirectory(directory.Of("tree/mounted"));
        Mount.Bind(outside.Path, directory.Of("tree/mounted"));

        Assert.Equal(Errno.EBUSY, Assert.Throws<LinuxException>(() => TreeRemover.Remove(directory.Of("tree"))).Errno);
        Assert.Equal(Errno.EBUSY, Assert.Throws<LinuxException>(() => TreeRemover.Remove(directory.Of("tree/mounted"))).Errno);
        Assert.True(File.Exists(outside.Of("kept")));
    });
}
