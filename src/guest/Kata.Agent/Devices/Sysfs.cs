using System.Globalization;
using System.Text;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>What the kernel tells about devices in sysfs. Names and contents come from hardware that the host made up, so they are bounded and checked.</summary>
/// <param name="root">Where sysfs is.</param>
/// <param name="findNode">Looks a node up by its path in /dev; null if there is none.</param>
internal sealed class Sysfs(string root, Func<string, DeviceNode?> findNode)
{
    private const int MaxEntries = 16 * 1024;
    private const int MaxText = 4096;
    private const int MaxName = 64;

    /// <summary>That of the running kernel.</summary>
    public static Sysfs Guest { get; } = new("/sys", FindNode);

    /// <summary>Whether a device's name is one that a path may be made of.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':');

    /// <summary>Whether something exists; a link that leads nowhere does not.</summary>
    /// <param name="path">Below sysfs, without a slash in front.</param>
    public bool Exists(string path) => Path.Exists(Full(path));

    /// <summary>The entries of a directory whose names are fit for paths, in order of name; none if there is no directory.</summary>
    public IReadOnlyList<string> List(string path)
    {
        try
        {
            using Fd directory = Fd.Open(Full(path), OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            var names = new List<string>();
            foreach (DirectoryEntry entry in DirectoryReader.Read(directory, MaxEntries))
            {
                if (IsName(entry.Name))
                {
                    names.Add(entry.Name);
                }
            }

            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return [];
        }
    }

    /// <summary>The text of an attribute without the line break at its end; null if there is none.</summary>
    public string? Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(BoundedFile.Read(Full(path), MaxText)).TrimEnd('\n');
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENODEV or Errno.ENXIO or Errno.ENOTDIR)
        {
            return null;
        }
    }

    /// <summary>The device number that an attribute <c>dev</c> holds; null if there is none.</summary>
    public DeviceNumber? ReadNumber(string path)
    {
        string text = Read(path) ?? string.Empty;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && TryNumber(text[..colon], out uint major) && TryNumber(text[(colon + 1)..], out uint minor)
            ? new DeviceNumber(major, minor)
            : null;
    }

    /// <summary>The path below sysfs that a link leads to; null if there is no link.</summary>
    public string? Follow(string path)
    {
        if (ReadLink(path) is not var (parent, target))
        {
            return null;
        }

        string resolved = Path.GetFullPath(target, parent);
        return resolved.StartsWith(root + "/", StringComparison.Ordinal) ? resolved[(root.Length + 1)..] : null;
    }

    /// <summary>The last component of what a link leads to, such as a driver's name; null if there is no link or no proper name.</summary>
    public string? LinkName(string path) =>
        Path.Exists(Full(path)) && ReadLink(path) is var (_, target) && Path.GetFileName(target) is { } name && IsName(name) ? name : null;

    /// <summary>Writes an attribute.</summary>
    /// <exception cref="LinuxException">As write(2).</exception>
    public void Write(string path, string text) => BoundedFile.WriteOnce(Full(path), text);

    /// <summary>The usable device behind a device directory: its node is there and has the number that sysfs tells. Null while it is not.</summary>
    /// <param name="directory">The directory with the attribute <c>dev</c>.</param>
    /// <param name="node">The node below /dev.</param>
    /// <param name="kind">What the node must be.</param>
    public DeviceNode? Node(string directory, string node, FileKind kind) =>
        ReadNumber($"{directory}/dev") is { } number && findNode($"/dev/{node}") is { } found && found.Kind == kind && found.Number == number ? found : null;

    /// <summary>A node of the guest; null if there is none, if it is not a device, or a disk that is not ready.</summary>
    public static DeviceNode? FindNode(string path)
    {
        using ConfinedDirectory guest = ConfinedDirectory.Open("/", ResolveFlags.Strict);
        return guest.TryStatus(path) is { Kind: FileKind.BlockDevice or FileKind.CharacterDevice } status
            && (status.Kind != FileKind.BlockDevice || CanBeOpened(path))
            ? new DeviceNode(path, status.Kind, status.Represents)
            : null;
    }

    // The kernel shows a disk, with its node, a moment before anybody can open it.
    private static bool CanBeOpened(string path)
    {
        try
        {
            Fd.Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking).Dispose();
            return true;
        }
        catch (LinuxException error) when (error.Errno is Errno.ENXIO or Errno.ENODEV or Errno.ENOENT)
        {
            return false;
        }
    }

    private static bool TryNumber(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // The directory of a link is itself found through links, from which the target's ".." do not lead back.
    private (string Parent, string Target)? ReadLink(string path)
    {
        string full = Full(path);
        try
        {
            using Fd parent = Fd.Open(Path.GetDirectoryName(full)!, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            string target = FileAt.ReadLink(parent, Path.GetFileName(full));
            return (new FileInfo(parent.ProcPath).LinkTarget!, target);
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.EINVAL)
        {
            return null;
        }
    }

    private string Full(string path) => path.Contains("..", StringComparison.Ordinal) || path.Contains('\0', StringComparison.Ordinal)
        ? throw KataException.Invalid($"'{Printable.Escape(path, 128)}' is no path in sysfs")
        : $"{root}/{path}";
}
