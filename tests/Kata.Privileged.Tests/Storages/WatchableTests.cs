using Kata.Linux;
using Kata.Linux.Events;
using Kata.Linux.Paths;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Privileged.Tests.Storages;

/// <summary>Volumes that the host changes while a container watches them.</summary>
public sealed class WatchableTests(StorageGuest guest) : IClassFixture<StorageGuest>
{
    private const string Watchable = StorageGuest.Shared + "/watchable";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConfigMap_Swapped_IsSeenAtOnceByWatchersAndReaders()
    {
        ConfigMap source = NewConfigMap("cm");
        source.Publish("1", ("a", "one"), ("b", "one"));
        File.SetUnixFileMode(source.Path("..1/a"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await guest.Containers.StartAsync(guest.Request("cm", ["sleep", "1000"], Volume("cm")));
        string seen = ContainerPath("cm", "/data");
        using var watch = new Inotify();
        watch.Add(seen, InotifyMask.MovedTo | InotifyMask.Created);

        source.Publish("2", ("a", "two"), ("b", "two"), ("c", "two"));
        var names = new List<string>();
        var mixtures = new List<string>();
        while (!names.Contains("c"))
        {
            names.AddRange((await watch.ReadAsync(Token).AsTask().WaitAsync(Deadline, Token)).Select(e => e.Name));
            mixtures.Add(File.ReadAllText(seen + "/a") + File.ReadAllText(seen + "/b"));
        }

        Assert.Contains("..data", names);
        Assert.True(names.IndexOf("..data") < names.IndexOf("c"), string.Join(' ', names));
        Assert.All(mixtures, m => Assert.True(m is "oneone" or "twotwo", m));
        await UntilAsync(() => !Directory.Exists(seen + "/..1"));
        Assert.Equal(["..2", "..data", "a", "b", "c"], Directory.EnumerateFileSystemEntries(seen).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await guest.Containers.RemoveAsync("cm");
        Assert.DoesNotContain(guest.Mounts(), mount => mount.Contains("watchable", StringComparison.Ordinal));
        Assert.False(Directory.Exists(guest.Host(Watchable)));
        await UntilAsync(() => !Threads().Contains("kata-watch"));
    }

    [Fact]
    public async Task Watcher_InTheContainer_IsWokenByTheSwap()
    {
        ConfigMap source = NewConfigMap("ino");
        source.Publish("1", ("a", "one"));
        await MakeWatcherAsync(Path.Combine(guest.Live.Rootfs, "bin/watch"));
        await guest.Containers.StartAsync(guest.Request("ino", ["/bin/watch", "/data"], Volume("ino")));
        var read = new ReadStreamRequest { ContainerId = "ino", Len = 100 };
        Assert.Equal("watching\n", (await guest.Live.Agent.ReadStdoutAsync(read, cancellationToken: Token)).Data.ToStringUtf8());

        source.Publish("2", ("a", "two"));

        int code = (await guest.Live.Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = "ino" }, cancellationToken: Token).ResponseAsync.WaitAsync(Deadline, Token)).Status;
        Assert.Equal(0, code);
        Assert.EndsWith("..data\n", await guest.Containers.ReadToEndAsync("ino"), StringComparison.Ordinal);
        await guest.Containers.RemoveAsync("ino");
    }

    [Fact]
    public async Task Reader_WhileTheHostSwapsManyTimes_NeverSeesAMixture()
    {
        ConfigMap source = NewConfigMap("race");
        source.Publish("0", ("a", "0"), ("b", "0"));
        await guest.Containers.StartAsync(guest.Request("race", ["sleep", "1000"], Volume("race")));
        string seen = ContainerPath("race", "/data");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<int> reading = Task.Run(() => ReadPairs(seen, stop.Token), Token);

        for (int i = 1; i <= 300; i++)
        {
            source.Publish($"{i}", ("a", $"{i}"), ("b", $"{i}"));
            await Task.Yield();
        }

        await UntilAsync(() => File.ReadAllText(seen + "/a") == "300");
        await stop.CancelAsync();
        Assert.True(await reading > 0);
        await guest.Containers.RemoveAsync("race");
    }

    [Fact]
    public async Task PlainDirectory_FilesChangeAppearAndGo_ModesAndOwnersAreKept()
    {
        string source = NewSource("plain");
        Directory.CreateDirectory(source + "/sub", (UnixFileMode)0x1C8); // 0710
        File.WriteAllText(source + "/sub/f", "1");
        File.WriteAllText(source + "/gone", "x");
        File.SetUnixFileMode(source + "/sub/f", UnixFileMode.UserRead);
        await Testing.Commands.Command.RunAsync("chown", ["12:34", source + "/sub/f"], options: null, Token);
        await guest.Containers.StartAsync(guest.Request("plain", ["sleep", "1000"], Volume("plain")));
        string seen = ContainerPath("plain", "/data");
        ContainerRun first = await guest.Containers.ExecAsync("plain", "e1", "stat", "-c", "%a %u %g", "/data/sub", "/data/sub/f");
        File.Delete(source + "/sub/f");
        File.WriteAllText(source + "/sub/f", "22");
        Directory.CreateDirectory(source + "/new/deep");
        File.WriteAllText(source + "/new/deep/g", "3");
        File.Delete(source + "/gone");
        File.CreateSymbolicLink(source + "/outside", "/etc/shadow");

        await UntilAsync(() => File.Exists(seen + "/new/deep/g") && !File.Exists(seen + "/gone"));

        Assert.Equal("710 0 0\n400 12 34\n", first.Output);
        Assert.Equal("22", File.ReadAllText(seen + "/sub/f"));
        Assert.Equal("/etc/shadow", new FileInfo(seen + "/outside").LinkTarget);
        await guest.Containers.RemoveAsync("plain");
    }

    [Fact]
    public async Task File_Changed_IsChangedInPlace()
    {
        string source = NewSource("file") + "/one";
        File.WriteAllText(source, "a longer text");
        StorageRequest volume = Volume("file");
        volume.Source += "/one";
        CreateContainerRequest request = guest.Request("file", ["sleep", "1000"], volume);
        request.OCI.Mounts[^1].Destination = "/onefile";
        await guest.Containers.StartAsync(request);
        string seen = ContainerPath("file", "/onefile");
        Assert.Equal("a longer text", File.ReadAllText(seen));

        File.WriteAllText(source, "short");

        await UntilAsync(() => File.ReadAllText(seen) == "short");
        await guest.Containers.RemoveAsync("file");
    }

    [Fact]
    public async Task TooLarge_AtFirst_IsShownAsItIsShared()
    {
        string source = NewSource("large");
        File.WriteAllBytes(source + "/big", new byte[9 << 20]);

        ContainerRun run = await guest.Containers.RunAsync(guest.Request("large", ["sh", "-c", "wc -c < /data/big; echo x > /data/written"], Volume("large")));

        Assert.Equal("9437184\n", run.Output);
        Assert.True(File.Exists(source + "/written"));
        Assert.DoesNotContain(guest.Mounts(), mount => mount.Contains("watchable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TooLarge_Later_KeepsTheLastContentUntilItFitsAgain()
    {
        string source = NewSource("grows");
        File.WriteAllText(source + "/f", "1");
        await guest.Containers.StartAsync(guest.Request("grows", ["sleep", "1000"], Volume("grows")));
        string seen = ContainerPath("grows", "/data");
        Directory.CreateDirectory(source + "/many");
        for (int i = 0; i < 5000; i++)
        {
            File.WriteAllText($"{source}/many/{i}", string.Empty);
        }

        File.WriteAllText(source + "/f", "2");
        await UntilAsync(() => guest.Log.Any(line => line.Contains("watchable/grows", StringComparison.Ordinal) && line.Contains("4096 entries", StringComparison.Ordinal)));
        string meanwhile = File.ReadAllText(seen + "/f");
        Directory.Delete(source + "/many", recursive: true);

        await UntilAsync(() => File.ReadAllText(seen + "/f") == "2");
        Assert.Equal("1", meanwhile);
        await guest.Containers.RemoveAsync("grows");
    }

    [Fact]
    public async Task HostileSource_FifosDeviceAndLinkOut_DoNotHangOrLeak()
    {
        string source = NewSource("hostile");
        await Testing.Commands.Command.RunAsync("mkfifo", [source + "/fifo"], options: null, Token);
        await Testing.Commands.Command.RunAsync("mknod", [source + "/null", "c", "1", "3"], options: null, Token);
        Directory.CreateSymbolicLink(source + "/dir", "/etc");
        File.WriteAllText(source + "/name\nwith\\odd\"characters", "x");
        File.WriteAllText(source + "/f", "x");

        ContainerRun run = await guest.Containers.RunAsync(guest.Request("hostile", ["sh", "-c", "ls /data; ls -d /data/dir/ssl"], Volume("hostile")));

        Assert.Equal("dir\nf\nname?with\\odd\"characters\n", run.Output);
        Assert.Contains("No such file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Source_IsALinkOrMissing_IsRefusedAndLeavesNothing()
    {
        string shared = Directory.CreateDirectory(guest.Host(StorageGuest.Shared)).FullName; // it may be the first test to need it
        Directory.CreateSymbolicLink(shared + "/linked", "/etc");

        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => guest.Containers.RunAsync(guest.Request("l1", ["true"], Volume("x", source: "linked"))));
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => guest.Containers.RunAsync(guest.Request("l2", ["true"], Volume("x", source: "missing"))));

        Assert.DoesNotContain(guest.Mounts(), mount => mount.Contains("watchable", StringComparison.Ordinal));
    }

    private static StorageRequest Volume(string name, string? source = null) => new()
    {
        Driver = "watchable-bind",
        Source = $"{StorageGuest.Shared}/{source ?? $"{name}-src"}",
        Fstype = "bind",
        MountPoint = $"{Watchable}/{name}",
        Options = { "bind", "ro" },
    };

    /// <summary>A program that prints the names that inotify tells, and ends with <c>..data</c>.</summary>
    private static async Task MakeWatcherAsync(string program)
    {
        const string code = """
            #include <stdio.h>
            #include <string.h>
            #include <sys/inotify.h>
            #include <unistd.h>
            int main(int count, char **words) {
              char events[4096];
              int fd = inotify_init();
              if (count < 2 || inotify_add_watch(fd, words[1], IN_MOVED_TO) < 0) return 1;
              puts("watching");
              fflush(stdout);
              for (;;) {
                int length = read(fd, events, sizeof events);
                for (int at = 0; at < length;) {
                  struct inotify_event *event = (struct inotify_event *)(events + at);
                  puts(event->name);
                  if (strcmp(event->name, "..data") == 0) return 0;
                  at += sizeof *event + event->len;
                }
              }
            }
            """;
        var options = new Testing.Commands.CommandOptions { Input = System.Text.Encoding.UTF8.GetBytes(code) };
        (await Testing.Commands.Command.RunAsync("gcc", ["-x", "c", "-static", "-o", program, "-"], options, Token)).EnsureSuccess();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Deadline);
        while (!condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    private static int ReadPairs(string seen, CancellationToken stop)
    {
        int count = 0;
        while (!stop.IsCancellationRequested)
        {
            // Resolved once, as a program that wants a consistent view does it.
            string version = new DirectoryInfo(seen + "/..data").LinkTarget!;
            try
            {
                string a = File.ReadAllText($"{seen}/{version}/a");
                string b = File.ReadAllText($"{seen}/{version}/b");
                Assert.Equal(version, ".." + a);
                Assert.Equal(a, b);
                count++;
            }
            catch (IOException)
            {
                // That version went away meanwhile: there is a newer one.
            }
        }

        return count;
    }

    private ConfigMap NewConfigMap(string name) => new(NewSource(name));

    private string NewSource(string name) => Directory.CreateDirectory(guest.Host($"{StorageGuest.Shared}/{name}-src")).FullName;

    private string ContainerPath(string id, string path)
    {
        string pid = File.ReadLines($"/sys/fs/cgroup/memory/{guest.Live.CgroupPrefix}/{id}/cgroup.procs").First();
        return $"/proc/{pid}/root{path}";
    }

    private string[] Threads() => [.. Directory.EnumerateDirectories($"/proc/{guest.Live.Pid}/task").Select(task => File.ReadAllText(task + "/comm").Trim())];

    /// <summary>A directory that is updated as kubelet updates ConfigMaps.</summary>
    private sealed class ConfigMap(string directory)
    {
        private string? _version;

        public string Path(string relative) => System.IO.Path.Combine(directory, relative);

        public void Publish(string version, params (string Key, string Value)[] data)
        {
            Directory.CreateDirectory(Path(".." + version));
            foreach ((string key, string value) in data)
            {
                File.WriteAllText(Path($"..{version}/{key}"), value);
            }

            File.CreateSymbolicLink(Path("..data_tmp"), ".." + version);
            using (Fd here = Fd.Open(directory, OpenFlags.Path))
            {
                FileAt.Rename(here, "..data_tmp", here, "..data");
            }

            foreach ((string key, _) in data.Where(d => !Exists(d.Key)))
            {
                File.CreateSymbolicLink(Path(key), $"..data/{key}");
            }

            if (_version is not null)
            {
                Directory.Delete(Path(".." + _version), recursive: true);
            }

            _version = version;
        }

        private bool Exists(string key) => new FileInfo(Path(key)).LinkTarget is not null;
    }
}
