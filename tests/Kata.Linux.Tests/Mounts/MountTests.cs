using Kata.Linux.Mounts;
using Kata.Linux.Paths;

namespace Kata.Linux.Tests.Mounts;

public sealed class MountTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Attach_Tmpfs_ShowsInMountInfoAndGoes() => MountNamespaceThread.Run(() =>
    {
        string target = Directory.CreateDirectory(_directory.Of("a b")).FullName;

        Mount.Attach("tmpfs", target, "tmpfs", MountFlags.NoSetId | MountFlags.NoDevices, "size=64k,mode=0700");

        MountEntry entry = Find(target)!;
        Assert.Equal("tmpfs", entry.FileSystemType);
        Assert.Contains("nosuid", entry.Options, StringComparison.Ordinal);
        Assert.Contains("size=64k", entry.SuperOptions, StringComparison.Ordinal);
        Assert.Null(entry.SharedGroup);
        Mount.Detach(target);
        Assert.Null(Find(target));
        Assert.False(Mount.TryDetach(target));
    });

    [Fact]
    public void Attach_ToDescriptor_IgnoresARenamedPath() => MountNamespaceThread.Run(() =>
    {
        Directory.CreateDirectory(_directory.Of("target"));
        using Fd target = Fd.Open(_directory.Of("target"), OpenFlags.Path);
        Directory.Move(_directory.Of("target"), _directory.Of("moved"));
        Directory.CreateSymbolicLink(_directory.Of("target"), "/etc");

        Mount.Attach("tmpfs", target, "tmpfs");

        Assert.NotNull(Find(_directory.Of("moved")));
        Assert.Null(Find("/etc"));
    });

    [Fact]
    public void BindReadOnly_RecursiveTree_IsReadOnlyAllTheWayDown() => MountNamespaceThread.Run(() =>
    {
        Directory.CreateDirectory(_directory.Of("source/below"));
        Directory.CreateDirectory(_directory.Of("target"));
        Mount.Attach("tmpfs", _directory.Of("source/below"), "tmpfs");

        Mount.BindReadOnly(_directory.Of("source"), _directory.Of("target"), recursive: true);

        Assert.Throws<IOException>(() => File.WriteAllText(_directory.Of("target/x"), string.Empty));
        Assert.Throws<IOException>(() => File.WriteAllText(_directory.Of("target/below/x"), string.Empty));
        File.WriteAllText(_directory.Of("source/below/x"), string.Empty);
        Mount.DetachTree(_directory.Of("target"));
        Assert.Null(Find(_directory.Of("target/below")));
    });

    [Fact]
    public void SetAttributes_AccessTimes_ReplaceTheMode() => MountNamespaceThread.Run(() =>
    {
        string target = Directory.CreateDirectory(_directory.Of("t")).FullName;
        Mount.Attach("tmpfs", target, "tmpfs", MountFlags.RelativeAccessTimes);

        MountTree.SetAttributes(target, MountAttributes.NoAccessTimes | MountAttributes.NoExecute, MountAttributes.None, recursive: true, MountFlags.Shared);

        Assert.Contains("noatime", Find(target)!.Options, StringComparison.Ordinal);
        Assert.Contains("noexec", Find(target)!.Options, StringComparison.Ordinal);
        Assert.NotNull(Find(target)!.SharedGroup);
        MountTree.SetAttributes(target, MountAttributes.None, MountAttributes.AccessTimeMask, recursive: false);
        Assert.Contains("relatime", Find(target)!.Options, StringComparison.Ordinal);
    });

    [Fact]
    public void Pivot_NewRoot_HidesTheOldOne() => MountNamespaceThread.Run(() =>
    {
        string root = Directory.CreateDirectory(_directory.Of("root")).FullName;
        Mount.Attach("tmpfs", root, "tmpfs");
        File.WriteAllText(Path.Combine(root, "here"), string.Empty);
        using Fd newRoot = Fd.Open(root, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);

        RootDirectory.Pivot(newRoot);

        using Fd seen = Fd.Open("/", OpenFlags.ReadOnly);
        Assert.Equal(["here"], DirectoryReader.Read(seen).Select(e => e.Name));
    });

    [Fact]
    public void MoveOver_NewRoot_HidesTheOldOne() => MountNamespaceThread.Run(() =>
    {
        string root = Directory.CreateDirectory(_directory.Of("root")).FullName;
        Mount.Attach("tmpfs", root, "tmpfs");
        File.WriteAllText(Path.Combine(root, "here"), string.Empty);

        RootDirectory.MoveOver(root);

        using Fd seen = Fd.Open("/", OpenFlags.ReadOnly);
        Assert.Equal(["here"], DirectoryReader.Read(seen).Select(e => e.Name));
    });

    [Fact]
    public void DetachTree_StacksAndNests_LeavesNone() => MountNamespaceThread.Run(() =>
    {
        string tree = Directory.CreateDirectory(_directory.Of("tree/a/b")).Parent!.Parent!.FullName;
        string beside = Directory.CreateDirectory(_directory.Of("tree-beside")).FullName;
        Mount.Attach("tmpfs", beside, "tmpfs");
        Mount.Attach("tmpfs", $"{tree}/a/b", "tmpfs");
        Mount.Attach("tmpfs", $"{tree}/a/b", "tmpfs");
        Directory.CreateDirectory($"{tree}/a/b/c");
        Mount.Attach("tmpfs", $"{tree}/a/b/c", "tmpfs");
        Mount.Attach("tmpfs", $"{tree}/a", "tmpfs"); // hides those

        Mount.DetachTree(tree);

        Assert.DoesNotContain(MountInfo.Read(), m => m.MountPoint.StartsWith($"{tree}/", StringComparison.Ordinal));
        Mount.Bind(tree, tree);
        Mount.Bind(tree, tree);
        Mount.Attach("tmpfs", $"{tree}/a/b", "tmpfs");
        Mount.DetachTree($"{tree}/");
        Assert.Null(Find(tree));
        Assert.Null(Find($"{tree}/a/b"));
        Assert.NotNull(Find(beside));
    });

    [Fact]
    public void DetachTree_PathBecameALink_SparesWhereItLeads() => MountNamespaceThread.Run(() =>
    {
        string other = Directory.CreateDirectory(_directory.Of("other/m")).Parent!.FullName;
        Directory.CreateDirectory(_directory.Of("tree"));
        Mount.Attach("tmpfs", $"{other}/m", "tmpfs");
        Directory.CreateSymbolicLink(_directory.Of("tree/evil"), other);

        Mount.DetachTree(_directory.Of("tree/evil"));

        Assert.NotNull(Find($"{other}/m"));
    });

    [Fact]
    public void SetPropagation_TwoTypes_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Mount.SetPropagation("/tmp", MountFlags.Shared | MountFlags.Slave));

    [Fact]
    public void Attach_MissingTarget_NamesIt()
    {
        var error = Assert.Throws<LinuxException>(() => Mount.Attach("tmpfs", _directory.Of("none"), "tmpfs"));

        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.Contains(_directory.Of("none"), error.Message, StringComparison.Ordinal);
    }

    private static MountEntry? Find(string point) => MountInfo.Read().LastOrDefault(m => m.MountPoint == point);
}
