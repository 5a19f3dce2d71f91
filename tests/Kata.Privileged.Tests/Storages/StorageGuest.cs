using System.Globalization;
using Kata.Privileged.Tests.Agents;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Commands;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Privileged.Tests.Storages;

/// <summary>The live agent with a look into its mount namespace, where the storages are.</summary>
public sealed class StorageGuest : IAsyncLifetime
{
    public const string Root = "/run/kata-containers";
    public const string Shared = Root + "/shared/containers";

    private readonly List<string> _loops = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("kata-storage-").FullName;

    public LiveAgent Live { get; init; } = new();

    /// <summary>The lines the agent has logged so far.</summary>
    public IEnumerable<string> Log => Live.Log;

    public GuestContainers Containers { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Live.InitializeAsync();
        Containers = new GuestContainers(Live.Agent, Live.Rootfs, "/" + Live.CgroupPrefix);
    }

    public async ValueTask DisposeAsync()
    {
        await Live.DisposeAsync();
        foreach (string loop in _loops)
        {
            (await Command.RunAsync("losetup", ["-d", loop], options: null, CancellationToken.None)).EnsureSuccess();
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A path of the guest, as this process can use it.</summary>
    public string Host(string path) => $"/proc/{Live.Pid}/root{path}";

    /// <summary>The storages of containers that are mounted in the agent's namespace.</summary>
    public string[] Mounts() =>
        [.. File.ReadLines($"/proc/{Live.Pid}/mountinfo").Select(line => line.Split(' ')[4]).Where(path => path.StartsWith(Shared, StringComparison.Ordinal))];

    /// <summary>Everything below the agent's directory, but not what other tests left in the pod.</summary>
    public string[] Tree(string below = Shared) => !Directory.Exists(Host(below)) ? []
        : [.. Directory.EnumerateFileSystemEntries(Host(below), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>A container that sees a storage at /data.</summary>
    public CreateContainerRequest Request(string id, string[] args, params StorageRequest[] storages)
    {
        Spec spec = Containers.NewSpec(id, args);
        var request = new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec, Storages = { storages } };
        for (int i = 0; i < storages.Length; i++)
        {
            GuestContainers.AddBind(spec, storages[i].MountPoint, i == 0 ? "/data" : string.Create(CultureInfo.InvariantCulture, $"/data{i}"));
        }

        return request;
    }

    /// <summary>A disk with an ext4 file system on a loop device.</summary>
    public async Task<string> MakeDiskAsync(string name, Action<string>? fill = null)
    {
        string tree = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
        fill?.Invoke(tree);
        string image = Path.Combine(_directory, name + ".img");
        (await Command.RunAsync("mkfs.ext4", ["-q", "-F", "-d", tree, image, "8m"], options: null, Token)).EnsureSuccess();
        CommandResult result = (await Command.RunAsync("losetup", ["-f", "--show", image], options: null, Token)).EnsureSuccess();
        _loops.Add(result.Output.Trim());
        return _loops[^1];
    }
}
