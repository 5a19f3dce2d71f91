using Kata.Agent.Devices;
using Kata.Linux.Paths;

namespace Kata.Agent.Tests.Devices;

/// <summary>A tree like sysfs in a temporary directory, and nodes of /dev that exist only in a table.</summary>
internal sealed class FakeSysfs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, DeviceNode> _nodes = [];
    private readonly Lock _gate = new();

    public FakeSysfs() => Sysfs = new Sysfs(_directory.Path, Find);

    public Sysfs Sysfs { get; }

    public GuestDevices Devices(TimeSpan? timeout = null) => new(Sysfs, timeout ?? TimeSpan.FromMilliseconds(50), TimeProvider.System);

    public FakeSysfs Directory(string path)
    {
        System.IO.Directory.CreateDirectory(Full(path));
        return this;
    }

    public FakeSysfs File(string path, string content = "")
    {
        Directory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(Full(path), content);
        return this;
    }

    public FakeSysfs Link(string path, string target)
    {
        Directory(Path.GetDirectoryName(path)!);
        System.IO.File.CreateSymbolicLink(Full(path), Path.GetRelativePath(Path.GetDirectoryName(Full(path))!, Full(target)));
        return this;
    }

    public FakeSysfs Node(string path, FileKind kind, uint major, uint minor)
    {
        lock (_gate)
        {
            _nodes[path] = new DeviceNode(path, kind, new DeviceNumber(major, minor));
        }

        return this;
    }

    /// <summary>A virtio disk on the root bus.</summary>
    public FakeSysfs Disk(string pciDirectory, string name, uint major, uint minor)
    {
        string block = $"{pciDirectory}/virtio3/block/{name}";
        return File($"{block}/dev", $"{major}:{minor}\n").Link($"class/block/{name}", block).Link($"block/{name}", block)
            .Link($"dev/block/{major}:{minor}", block).Node("/dev/" + name, FileKind.BlockDevice, major, minor);
    }

    public string Read(string path) => System.IO.File.ReadAllText(Full(path));

    public string Full(string path) => Path.Combine(_directory.Path, path);

    public void Dispose() => _directory.Dispose();

    private DeviceNode? Find(string path)
    {
        lock (_gate)
        {
            return _nodes.GetValueOrDefault(path);
        }
    }
}
