using Kata.Configuration;
using Kata.Hypervisors.Devices;
using Kata.Primitives;

namespace Kata.Hypervisors.Qemu;

/// <summary>Rejects what the driver cannot do or what would not fit QEMU's command line, before anything is done.</summary>
internal static class QemuSpecRules
{
    private const int MaxDeviceId = 31;
    private const int Max9pTag = 31;
    private const int MaxVirtioFsTag = 35;

    /// <summary>Checks everything.</summary>
    /// <exception cref="KataException">Unsupported or InvalidArgument, naming the configuration key or the device.</exception>
    public static void Check(VmSpec spec, QemuConfiguration configuration, QemuArchitecture architecture)
    {
        Identifiers.Require(spec.Id, "sandbox id");
        if (configuration.MachineType != architecture.MachineType)
        {
            throw KataException.Unsupported(
                $"machine type '{Printable.Escape(configuration.MachineType, 64)}' is not supported; set 'hypervisor.qemu.machine_type' to \"{architecture.MachineType}\"");
        }

        if (!Path.IsPathFullyQualified(spec.Directory))
        {
            throw KataException.Invalid($"machine directory '{Printable.Escape(spec.Directory, 256)}' is not absolute");
        }

        if (spec.Vcpus < 1 || (spec.MaxVcpus != 0 && spec.MaxVcpus < spec.Vcpus))
        {
            throw KataException.Invalid($"machine '{spec.Id}' cannot have {spec.Vcpus} of at most {spec.MaxVcpus} processors");
        }

        if (spec.Memory.Mebibytes < 1)
        {
            throw KataException.Invalid($"machine '{spec.Id}' cannot have {spec.Memory} of memory");
        }

        if (configuration.Memory is { FileBackend: { } directory } && !Directory.Exists(directory))
        {
            throw KataException.NotFound($"directory '{Printable.Escape(directory, 256)}' does not exist; correct 'hypervisor.qemu.file_mem_backend'");
        }

        if (spec.RunAs is { Uid: 0 } or { Gid: 0 })
        {
            throw KataException.Invalid("a user for the VMM must not be root; leave it out instead");
        }

        CheckDevices(spec);
    }

    private static void CheckDevices(VmSpec spec)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal) { "image" };
        foreach (VmDevice device in spec.Devices)
        {
            if (!IsDeviceId(device.Id) || !ids.Add(device.Id))
            {
                throw KataException.Invalid($"device id '{Printable.Escape(device.Id, 64)}' of machine '{spec.Id}' is malformed or used twice");
            }

            switch (device)
            {
                case SharedDirectory share:
                    CheckShare(spec, share);
                    break;
                case NetworkDevice network when !IsMac(network.MacAddress):
                    throw KataException.Invalid($"'{Printable.Escape(network.MacAddress, 32)}' is not a MAC address (device '{network.Id}')");
                case BlockDevice or EntropyDevice:
                    _ = spec.RequireBackend<FileBackend>(device);
                    break;
                case NetworkDevice:
                    _ = spec.RequireBackend<TapBackend>(device);
                    break;
                default:
                    break;
            }
        }

        if (spec.Devices.Count(d => d is AgentChannel) != 1)
        {
            throw KataException.Invalid($"machine '{spec.Id}' needs exactly one agent channel");
        }
    }

    private static void CheckShare(VmSpec spec, SharedDirectory share)
    {
        int longest = share.Kind == SharedDirectoryKind.VirtioFs ? MaxVirtioFsTag : Max9pTag;
        if (share.Tag.Length is 0 || share.Tag.Length > longest || !share.Tag.All(IsIdCharacter))
        {
            throw KataException.Invalid($"mount tag '{Printable.Escape(share.Tag, 64)}' is malformed: use 1 to {longest} letters, digits, '.', '_' or '-'");
        }

        string path = spec.RequireBackend<DirectoryBackend>(share).Path;
        if (!Path.IsPathFullyQualified(path) || !Directory.Exists(path))
        {
            throw KataException.NotFound($"directory '{Printable.Escape(path, 512)}' to share with machine '{spec.Id}' does not exist");
        }
    }

    private static bool IsDeviceId(string id) => id.Length is > 0 and <= MaxDeviceId && char.IsAsciiLetter(id[0]) && id.All(IsIdCharacter);

    private static bool IsIdCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';

    private static bool IsMac(string text) =>
        text.Length == 17 && text.Select((c, i) => i % 3 == 2 ? c == ':' : char.IsAsciiHexDigit(c)).All(ok => ok);
}
