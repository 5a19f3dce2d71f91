using System.Text.Json.Nodes;

using Kata.Primitives;
using Kata.Runtime.Images;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Runtime.Tests.Images;

public sealed class ImageStoreTests
{
    private static ContainerRoot Attach(ImageStore store, string id, PreparedImage image)
    {
        ContainerRoot root = store.CreateRoot(id);
        root.Attach(image);
        return root;
    }

    private static readonly byte[] Base = new TarBuilder()
        .Directory("./").Directory("etc").File("etc/passwd", "root").File("etc/shadow", "secret", mode: 0x100)
        .Directory("bin").File("bin/su", "elf", mode: 0x9ED, user: 5, group: 6).SymbolicLink("lib", "usr/lib").Directory("usr/lib").HardLink("bin/sudo", "bin/su")
        .Directory("data").File("data/old", "1").Directory("data/sub").File("data/sub/x", "2").Fifo("pipe").Finish();

    private static readonly byte[] Second = new TarBuilder()
        .File("etc/.wh.shadow").Directory("data").File("data/.wh..wh..opq").File("data/new", "3").File("lib/libc.so", "libc").File("etc/passwd", "changed")
        .File("tmp-parent/implied", "4").HardLink("bin/su2", "/bin/su").Finish();

    [Fact]
    public async Task PrepareAsync_TwoLayers_ShowWhatTheyDescribe()
    {
        using ImageDirectory image = new ImageDirectory().Write([Base, Second]);
        ImageStore store = NewStore(image);

        using ContainerRoot root = Attach(store, "c1", await PrepareAsync(store, image.Layout));

        string At(string path) => Path.Combine(root.Directory, path);
        Assert.Equal("changed", File.ReadAllText(At("etc/passwd")));
        Assert.False(File.Exists(At("etc/shadow")));
        Assert.Equal(["new"], Directory.EnumerateFileSystemEntries(At("data")).Select(Path.GetFileName));
        Assert.Equal("libc", File.ReadAllText(At("usr/lib/libc.so")));
        Assert.Equal("usr/lib", new FileInfo(At("lib")).LinkTarget);
        Assert.Equal("4", File.ReadAllText(At("tmp-parent/implied")));
        Assert.Equal("elf", File.ReadAllText(At("bin/su2")));
        Kata.Linux.Paths.FileStatus su = Status(At("bin/su"));
        Assert.Equal((0x9EDU, 5U, 6U, 1_000_000_000L), (su.Permissions, su.UserId, su.GroupId, su.ModifiedSeconds));
        Assert.Equal(Kata.Linux.Paths.FileKind.Fifo, Status(At("pipe")).Kind);
        Assert.Equal(0x1EDU, Status(root.Directory).Permissions);
    }

    [Fact]
    public async Task CreateRoot_ContainerWrites_StayItsOwnAndAreRemoved()
    {
        using ImageDirectory image = new ImageDirectory().Write([Base]);
        ImageStore store = NewStore(image);
        PreparedImage prepared = await PrepareAsync(store, image.Layout);

        ContainerRoot first = Attach(store, "c1", prepared);
        File.WriteAllText(Path.Combine(first.Directory, "etc/passwd"), "mine");
        using (ContainerRoot second = Attach(store, "c2", prepared))
        {
            Assert.Equal("root", File.ReadAllText(Path.Combine(second.Directory, "etc/passwd")));
        }

        string bundle = first.Bundle;
        first.Dispose();

        Assert.False(Directory.Exists(bundle));
        Assert.DoesNotContain(image.Store, File.ReadAllText("/proc/self/mounts"), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(image.Store, "containers")));
    }

    [Fact]
    public async Task PrepareAsync_SecondTime_UnpacksNothing()
    {
        using ImageDirectory image = new ImageDirectory().Write([Base, Second]);
        ImageStore store = NewStore(image);
        var seen = new List<ImageProgress>();

        await store.PrepareAsync(ImageSource.Parse(image.Layout), new Recorder(seen), TestContext.Current.CancellationToken);
        await store.PrepareAsync(ImageSource.Parse(image.Layout), new Recorder(seen), TestContext.Current.CancellationToken);

        Assert.Equal([new ImageProgress(1, 2), new ImageProgress(2, 2)], seen);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(image.Store, "tmp")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PrepareAsync_Archive_IsTheSameAsTheLayout(bool gzip)
    {
        using ImageDirectory image = new ImageDirectory().Write([Base]);
        byte[] archive = Archive(image.Layout);
        File.WriteAllBytes(image["image.tar"], gzip ? ImageDirectory.Compress(archive) : archive);
        ImageStore store = NewStore(image);

        PreparedImage fromArchive = await PrepareAsync(store, image["image.tar"] + ":latest");

        Assert.Equal((await PrepareAsync(store, image.Layout)).Directories, fromArchive.Directories);
    }

    [Fact]
    public async Task PrepareAsync_DockerArchive_IsRead()
    {
        using var image = new ImageDirectory();
        byte[] config = System.Text.Encoding.UTF8.GetBytes(ImageDirectory.Config([Base], new JsonObject { ["Cmd"] = new JsonArray("sh") }, diffIds: null, "").ToJsonString());
        string configName = ImageDirectory.Sha(config) + ".json";
        string manifest = $$"""[{"Config":"{{configName}}","RepoTags":["a:1"],"Layers":["two/layer.tar"]}]""";
        File.WriteAllBytes(image["docker.tar"], new TarBuilder()
            .Entry('0', configName, config).File("manifest.json", manifest).Directory("one").Entry('0', "one/layer.tar", Base).SymbolicLink("two/layer.tar", "../one/layer.tar").Finish());

        PreparedImage prepared = await PrepareAsync(NewStore(image), image["docker.tar"]);

        Assert.Equal(["sh"], prepared.Defaults.Cmd);
        Assert.Equal("root", File.ReadAllText(Path.Combine(Assert.Single(prepared.Directories), "etc/passwd")));
    }

    [Fact]
    public async Task PrepareAsync_UnpackedRootfs_IsUsedInPlace()
    {
        using var image = new ImageDirectory();
        Directory.CreateDirectory(image["rootfs/bin"]);
        ImageStore store = NewStore(image);

        using (ContainerRoot root = Attach(store, "c1", await PrepareAsync(store, image["rootfs"])))
        {
            File.WriteAllText(Path.Combine(root.Directory, "bin/new"), "");
        }

        Assert.False(File.Exists(image["rootfs/bin/new"]));
    }

    [Fact]
    public async Task PruneAsync_LayersInUse_StayAndTheOthersGo()
    {
        byte[] other = new TarBuilder().File("other", new string('x', 3 << 20)).Finish();
        using ImageDirectory image = new ImageDirectory().Write([Base, other]);
        using ImageDirectory small = new ImageDirectory().Write([Base]);
        ImageStore store = NewStore(image);
        using (PreparedImage both = await PrepareAsync(store, image.Layout))
        using (PreparedImage used = await PrepareAsync(store, small.Layout))
        {
            both.Dispose();
            Directory.CreateSymbolicLink(Path.Combine(both.Directories[1], "link"), "/usr");

            PruneResult first = await store.PruneAsync(TestContext.Current.CancellationToken);

            Assert.Equal((1, 1), (first.Removed, first.InUse));
            Assert.Equal(3 << 20, first.Freed.Bytes);
            Assert.Equal(used.Directories, Directory.EnumerateDirectories(Path.Combine(image.Store, "layers")));
        }

        PruneResult second = await store.PruneAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, 0), (second.Removed, second.InUse));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(image.Store, "layers")));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(image.Store, "tmp")));
        using PreparedImage again = await PrepareAsync(store, image.Layout);
        Assert.Equal(2, again.Directories.Count);
    }

    [Fact]
    public async Task PruneAsync_NoStore_RemovesNothingAndMakesNone()
    {
        using var image = new ImageDirectory();

        PruneResult result = await NewStore(image).PruneAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new PruneResult(0, default, 0), result);
        Assert.False(Directory.Exists(image.Store));
    }

    [Fact]
    public async Task PruneAsync_WhileOthersPrepare_NobodyLosesALayer()
    {
        using ImageDirectory image = new ImageDirectory().Write([Base]);
        ImageStore store = NewStore(image);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task pruning = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await store.PruneAsync(TestContext.Current.CancellationToken);
                }
            },
            TestContext.Current.CancellationToken);

        for (int i = 0; i < 50; i++)
        {
            using PreparedImage prepared = await PrepareAsync(store, image.Layout);
            Assert.True(File.Exists(Path.Combine(prepared.Directories[0], "etc/passwd")));
        }

        await stop.CancelAsync();
        await pruning;
    }

    [Fact]
    public async Task SweepAsync_LeftOfAKilledProcess_IsRemovedAndNothingElse()
    {
        using ImageDirectory image = new ImageDirectory().Write([Base]);
        ImageStore store = NewStore(image);
        using ContainerRoot alive = Attach(store, "alive", await PrepareAsync(store, image.Layout));
        Directory.CreateDirectory(Path.Combine(image.Store, "containers/dead/upper/x"));
        Directory.CreateDirectory(Path.Combine(image.Store, "tmp/half/layer"));
        var removed = new List<string>();

        await store.SweepAsync(
            id =>
            {
                removed.Add(id);
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(["dead"], removed);
        Assert.Equal(["alive"], Directory.EnumerateDirectories(Path.Combine(image.Store, "containers")).Select(Path.GetFileName));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(image.Store, "tmp")));
        Assert.True(File.Exists(Path.Combine(alive.Directory, "etc/passwd")));
    }

    [Fact]
    public async Task PrepareAsync_Cancelled_LeavesNothing()
    {
        using ImageDirectory image = new ImageDirectory().Write([Base]);
        using var source = new CancellationTokenSource();
        var cancelAtStart = new Recorder([], source.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NewStore(image).PrepareAsync(ImageSource.Parse(image.Layout), cancelAtStart, source.Token));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(image.Store, "tmp")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(image.Store, "layers")));
    }

    [Fact]
    public void CreateRoot_IdTaken_IsRefused()
    {
        using var image = new ImageDirectory();
        Directory.CreateDirectory(image["rootfs"]);
        ImageStore store = NewStore(image);
        var prepared = new PreparedImage("x", [image["rootfs"]], new Kata.Oci.Images.ContainerDefaults(), held: []);
        using ContainerRoot first = Attach(store, "c1", prepared);

        Assert.Equal(ErrorCode.AlreadyExists, Assert.Throws<KataException>(() => Attach(store, "c1", prepared)).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Attach(store, "../x", prepared)).Code);
    }

    private static byte[] Archive(string directory)
    {
        var tar = new TarBuilder();
        foreach (string file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            tar.Entry('0', Path.GetRelativePath(directory, file), File.ReadAllBytes(file));
        }

        return tar.Finish();
    }

    private static Kata.Linux.Paths.FileStatus Status(string path)
    {
        using Kata.Linux.Fd file = Kata.Linux.Fd.Open(path, Kata.Linux.OpenFlags.Path);
        return Kata.Linux.Paths.FileAt.Status(file);
    }

    private static ImageStore NewStore(ImageDirectory image) => new(image.Store, limits: null, NullLogger.Instance);

    private static Task<PreparedImage> PrepareAsync(ImageStore store, string source) =>
        store.PrepareAsync(ImageSource.Parse(source), progress: null, TestContext.Current.CancellationToken);

    private sealed class Recorder(List<ImageProgress> seen, Action? then = null) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value)
        {
            seen.Add(value);
            then?.Invoke();
        }
    }
}
