using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Kata.Linux.Sockets;
using Kata.Privileged.Tests.Agents;
using Kata.Protocols.Agent;
using Kata.Testing.Commands;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Privileged.Tests.Storages;

/// <summary>Each system call that makes a container with storages of all kinds fails once: everything done before it is undone.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CreateContainer_AnyStepFails_LeavesNothingAndCanBeTriedAgain()
    {
        string directory = Directory.CreateTempSubdirectory("kata-fault-").FullName;
        string socket = Path.Combine(directory, "control");
        string injector = Path.Combine(directory, "inject");
        (await Command.RunAsync("gcc", ["-O1", "-Wall", "-o", injector, Path.Combine(AppContext.BaseDirectory, "Storages/inject.c")], options: null, Token)).EnsureSuccess();
        var guest = new StorageGuest { Live = new LiveAgent { Wrapper = { injector, socket } } };
        try
        {
            await guest.InitializeAsync();
            using var control = new NetworkStream(UnixSockets.Connect(socket), ownsSocket: true);
            CreateContainerRequest request = await PrepareAsync(guest);
            await guest.Containers.RunAsync(request);
            string[] before = State(guest);

            int failures = 0;
            var left = new List<string>();
            bool happened = true;
            for (int step = 1; happened; step++)
            {
                await FailAsync(control, step);
                bool failed = await TryCreateAsync(guest, request);
                happened = await FailAsync(control, 0) >= step;
                failures += failed ? 1 : 0;
                if (!failed)
                {
                    await guest.Containers.RemoveAsync(request.ContainerId); // what failed was not needed, or there was no such step
                }

                if (await DifferenceAsync(guest, before) is { } difference)
                {
                    left.Add($"step {step}: {difference}");
                    before = State(guest);
                }
            }

            await guest.Containers.RemoveAsync("lender");
            Assert.True(left.Count == 0, string.Join("\n", left));
            TestContext.Current.TestOutputHelper?.WriteLine($"{failures} steps failed");
            Assert.True(failures > 100, $"{failures} steps failed");
        }
        finally
        {
            await guest.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<CreateContainerRequest> PrepareAsync(StorageGuest guest)
    {
        foreach (string file in (string[])["low/f", "watched/..1/key", "watched/plain", "source/f"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(guest.Host($"{StorageGuest.Root}/{file}"))!);
            File.WriteAllText(guest.Host($"{StorageGuest.Root}/{file}"), file);
        }

        File.CreateSymbolicLink(guest.Host(StorageGuest.Root + "/watched/..data"), "..1");
        string disk = await guest.MakeDiskAsync("disk", tree => File.WriteAllText(Path.Combine(tree, "f"), "on the disk"));
        StorageRequest lent = Storage("ephemeral", "tmpfs", "tmpfs", "lent");
        await guest.Containers.StartAsync(guest.Request("lender", ["sleep", "1000"], lent));
        CreateContainerRequest request = guest.Request(
            "faulty",
            ["true"],
            Storage("ephemeral", "tmpfs", "tmpfs", "deep/er/memory", "size=64k", "fsgid=7"),
            Storage("local", "local", string.Empty, "local", "mode=0750", "fsgid=7"),
            Storage("bind", StorageGuest.Root + "/source", string.Empty, "bind", "rbind", "ro"),
            Storage("virtio-fs", StorageGuest.Root + "/source/f", "bind", "file", "bind"),
            Storage("overlayfs", "none", "overlay", "overlay", $"lowerdir={StorageGuest.Root}/low", "io.katacontainers.fs-opt.overlay-rw"),
            Storage("watchable-bind", StorageGuest.Root + "/watched", "bind", "watchable/map", "bind", "ro"),
            Storage("blk", disk, "ext4", "disk", "fsgid=7"));
        request.OCI.Mounts.First(mount => mount.Destination == "/data").Options.Add("rshared");
        request.SharedMounts.Add(new SharedMount { Name = "lent", SrcCtr = "lender", SrcPath = "/data", DstCtr = "faulty", DstPath = "/lent" });
        return request;
    }

    private static StorageRequest Storage(string driver, string source, string type, string place, params string[] options) =>
        new() { Driver = driver, Source = source, Fstype = type, MountPoint = $"{StorageGuest.Shared}/{place}", Options = { options } };

    private static async Task<bool> TryCreateAsync(StorageGuest guest, CreateContainerRequest request)
    {
        try
        {
            await guest.Live.Agent.CreateContainerAsync(request, cancellationToken: Token);
            return false;
        }
        catch (RpcException)
        {
            return true;
        }
    }

    // What the agent holds: mounts and files, descriptors, cgroups.
    private static string[] State(StorageGuest guest)
    {
        string agent = File.ReadAllText($"/proc/{guest.Live.Pid}/task/{guest.Live.Pid}/children").Trim();
        return
        [
            .. File.ReadLines($"/proc/{guest.Live.Pid}/mountinfo").Select(line => line.Split(' ')[4]),
            .. guest.Tree(StorageGuest.Root),
            .. Directory.EnumerateDirectories("/sys/fs/cgroup").Select(hierarchy => Path.Combine(hierarchy, guest.Live.CgroupPrefix)).Where(Directory.Exists)
                .SelectMany(Directory.EnumerateDirectories).Order(StringComparer.Ordinal),
            .. Directory.EnumerateFileSystemEntries($"/proc/{agent}/fd").Select(fd => KindOf(new FileInfo(fd).LinkTarget)).Order(StringComparer.Ordinal),
        ];
    }

    // Sockets and pipes without their numbers; null is one that was closed meanwhile.
    private static string KindOf(string? target) => $"descriptor of {target?.Split(":[")[0]}";

    private static async Task<string?> DifferenceAsync(StorageGuest guest, string[] expected)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience);
        while (!State(guest).SequenceEqual(expected))
        {
            if (deadline.IsCancellationRequested)
            {
                string[] now = State(guest);
                return $"new {string.Join(", ", now.Except(expected))}; gone {string.Join(", ", expected.Except(now))}; {now.Length} things instead of {expected.Length}";
            }

            await Task.Delay(5, Token);
        }

        return null;
    }

    private static async Task<int> FailAsync(NetworkStream control, int step)
    {
        await control.WriteAsync(Encoding.ASCII.GetBytes(step.ToString(CultureInfo.InvariantCulture) + "\n"), Token);
        byte[] answer = new byte[32];
        int length = await control.ReadAsync(answer, Token);
        return int.Parse(Encoding.ASCII.GetString(answer, 0, length), CultureInfo.InvariantCulture);
    }
}
