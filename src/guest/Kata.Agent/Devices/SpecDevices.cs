using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Devices;

/// <summary>
/// The devices of a spec, which come with the host's numbers and get the guest's. The rules that go with a device are found by the host's numbers before
/// anything is changed, so that a guest's number that happens to be another device's on the host does no harm.
/// </summary>
internal sealed class SpecDevices
{
    private readonly Dictionary<string, (LinuxDevice Device, List<LinuxDeviceCgroup> Rules)> _byPath = new(StringComparer.Ordinal);
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _places = new(StringComparer.Ordinal);

    /// <summary>Looks at a spec, which must have a linux section.</summary>
    public SpecDevices(Spec spec)
    {
        IReadOnlyList<LinuxDeviceCgroup> rules = spec.Linux.Resources?.Devices ?? [];
        foreach (LinuxDevice device in spec.Linux.Devices)
        {
            var own = new List<LinuxDeviceCgroup>();
            foreach (LinuxDeviceCgroup rule in rules)
            {
                if (Kind(rule.Type) == Kind(device.Type) && Kind(device.Type) is not null && rule.Major == device.Major && rule.Minor == device.Minor)
                {
                    own.Add(rule);
                }
            }

            _byPath[device.Path] = (device, own);
        }
    }

    /// <summary>Checks that the spec has a device which a request speaks of, and that no other request does.</summary>
    /// <exception cref="KataException">InvalidArgument: it has not, or it is of another kind.</exception>
    public void Claim(string containerPath, FileKind kind)
    {
        string shown = Printable.Escape(containerPath, 128);
        if (!_byPath.TryGetValue(containerPath, out (LinuxDevice Device, List<LinuxDeviceCgroup> Rules) entry))
        {
            throw KataException.Invalid($"the request has a device for {shown}, but linux.devices of the spec has no such path");
        }

        if (Kind(entry.Device.Type) != kind)
        {
            throw KataException.Invalid($"device {shown}: linux.devices says type '{Printable.Escape(entry.Device.Type, 8)}', but the request is for a {Word(kind)} device");
        }

        if (!_claimed.Add(containerPath))
        {
            throw KataException.Invalid($"the request has two devices for {shown}");
        }
    }

    /// <summary>Checks that a place in the container, to which a claimed device moves, is free.</summary>
    /// <param name="place">Its path: <c>/dev/vfio/7</c>.</param>
    /// <param name="claimed">The path the device was claimed by.</param>
    /// <exception cref="KataException">InvalidArgument: another device moves there, or one of the spec is there that moves nowhere.</exception>
    public void ClaimPlace(string place, string claimed)
    {
        bool stays = place != claimed && _byPath.ContainsKey(place) && !_claimed.Contains(place);
        if (stays || !_places.Add(place))
        {
            throw KataException.Invalid($"device {Printable.Escape(claimed, 128)} is {place} in the guest, but another device of the request or of linux.devices is that, too");
        }
    }

    /// <summary>Gives a claimed device the guest's number, and a new path if need be.</summary>
    public void Rewrite(string containerPath, DeviceNumber number, string? newPath)
    {
        (LinuxDevice device, List<LinuxDeviceCgroup> rules) = _byPath[containerPath];
        device.Major = number.Major;
        device.Minor = number.Minor;
        device.Path = newPath ?? device.Path;
        foreach (LinuxDeviceCgroup rule in rules)
        {
            rule.Major = number.Major;
            rule.Minor = number.Minor;
        }
    }

    // The same number is a different device as a block and as a character device.
    private static FileKind? Kind(string type) => type switch
    {
        "b" => FileKind.BlockDevice,
        "c" or "u" => FileKind.CharacterDevice,
        _ => null,
    };

    private static string Word(FileKind kind) => kind == FileKind.BlockDevice ? "block" : "character";
}
