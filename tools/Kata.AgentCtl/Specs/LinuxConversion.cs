using Kata.Oci.Runtime;
using Proto = Kata.Protocols.Oci;

namespace Kata.AgentCtl.Specs;

/// <summary>Turns the Linux part of a <c>config.json</c> into the agent's message.</summary>
internal static class LinuxConversion
{
    /// <summary>Converts.</summary>
    /// <exception cref="Primitives.KataException">Unsupported: it has something that the protocol has no field for.</exception>
    public static Proto.Linux Convert(LinuxSpec linux)
    {
        NoField.Refuse(
            ("linux.intelRdt", linux.IntelRdt is { ClosId: not null } or { MemBwSchema: not null } or { EnableCmt: true } or { EnableMbm: true }));
        var message = new Proto.Linux
        {
            UIDMappings = { linux.UidMappings.Select(Convert) },
            GIDMappings = { linux.GidMappings.Select(Convert) },
            Resources = linux.Resources is { } resources ? ResourcesConversion.Convert(resources) : null,
            CgroupsPath = linux.CgroupsPath ?? "",
            Namespaces = { linux.Namespaces.Select(ns => new Proto.LinuxNamespace { Type = ns.Type, Path = ns.Path ?? "" }) },
            Devices = { linux.Devices.Select(Convert) },
            Seccomp = linux.Seccomp is { } seccomp ? Convert(seccomp) : null,
            RootfsPropagation = linux.RootfsPropagation ?? "",
            MaskedPaths = { linux.MaskedPaths },
            ReadonlyPaths = { linux.ReadonlyPaths },
            MountLabel = linux.MountLabel ?? "",
            IntelRdt = linux.IntelRdt is { } rdt ? new Proto.LinuxIntelRdt { L3CacheSchema = rdt.L3CacheSchema ?? "" } : null,
        };
        message.Sysctl.Add(linux.Sysctl.ToDictionary());
        if (linux.Personality is { } personality)
        {
            message.Personality = new Proto.LinuxPersonality { Domain = personality.Domain, Flags = { personality.Flags } };
        }

        foreach ((string clock, LinuxTimeOffset offset) in linux.TimeOffsets)
        {
            message.TimeOffsets.Add(clock, new Proto.LinuxTimeOffset { Secs = offset.Secs, Nanosecs = offset.Nanosecs });
        }

        return message;
    }

    /// <summary>Converts one range of an id map.</summary>
    public static Proto.LinuxIDMapping Convert(LinuxIdMapping map) => new() { HostID = map.HostId, ContainerID = map.ContainerId, Size = map.Size };

    private static Proto.LinuxDevice Convert(LinuxDevice device) => new()
    {
        Path = device.Path,
        Type = device.Type,
        Major = device.Major,
        Minor = device.Minor,
        FileMode = device.FileMode ?? 0,
        UID = device.Uid ?? 0,
        GID = device.Gid ?? 0,
    };

    private static Proto.LinuxSeccomp Convert(LinuxSeccomp profile)
    {
        NoField.Refuse(
            ("linux.seccomp.listenerPath", !string.IsNullOrEmpty(profile.ListenerPath)),
            ("linux.seccomp.listenerMetadata", !string.IsNullOrEmpty(profile.ListenerMetadata)));
        var message = new Proto.LinuxSeccomp
        {
            DefaultAction = profile.DefaultAction,
            Architectures = { profile.Architectures },
            Flags = { profile.Flags },
            Syscalls = { profile.Syscalls.Select(Convert) },
        };
        if (profile.DefaultErrnoRet is { } errno)
        {
            message.DefaultErrnoRet = errno;
        }

        return message;
    }

    private static Proto.LinuxSyscall Convert(LinuxSyscall rule) => new()
    {
        Names = { rule.Names },
        Action = rule.Action,
        Errnoret = rule.ErrnoRet ?? 0,
        Args = { rule.Args.Select(arg => new Proto.LinuxSeccompArg { Index = arg.Index, Value = arg.Value, ValueTwo = arg.ValueTwo, Op = arg.Op }) },
    };
}
