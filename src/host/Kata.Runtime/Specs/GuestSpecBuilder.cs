using Kata.Configuration;
using Kata.Oci.Runtime;
using Proto = Kata.Protocols.Oci;

namespace Kata.Runtime.Specs;

/// <summary>
/// Turns a client's OCI spec into the one the agent gets: what belongs to the host is left out (its hooks, SELinux labels, network and cgroup namespaces, host
/// device rules), and paths become the guest's. <see cref="SpecReport"/> tells what has no effect and what needs an agent of ours.
/// </summary>
public static class GuestSpecBuilder
{
    /// <summary>Builds the agent's spec.</summary>
    /// <param name="spec">The client's spec.</param>
    /// <param name="rootfs">The root file system in the guest.</param>
    /// <param name="mounts">The mounts, with sources as in the guest.</param>
    /// <param name="seccomp">Whether seccomp profiles are applied in the guest.</param>
    public static GuestSpec Build(Spec spec, string rootfs, IReadOnlyList<Mount> mounts, bool seccomp)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(mounts);
        var message = new Proto.Spec
        {
            Version = spec.OciVersion,
            Process = spec.Process is null ? null : ProcessBuilder.Build(spec.Process),
            Root = new Proto.Root { Path = rootfs, Readonly = spec.Root?.Readonly ?? false },
            Hostname = spec.Hostname ?? string.Empty,
            Domainname = spec.Domainname ?? string.Empty,
        };
        message.Mounts.AddRange(mounts.Select(Convert));
        message.Annotations.Add(spec.Annotations.Where(annotation => annotation.Key != Annotations.Policy).ToDictionary());
        message.Hooks = Convert(spec.Hooks);
        bool sharedPid = false;
        if (spec.Linux is { } linux)
        {
            message.Linux = Convert(linux, seccomp);
            sharedPid = linux.Namespaces.Any(ns => ns.Type == "pid" && !string.IsNullOrEmpty(ns.Path));
        }

        return new GuestSpec(message, sharedPid);
    }

    // The others have run on the host.
    private static Proto.Hooks? Convert(Hooks? hooks)
    {
        if (hooks is null || hooks.CreateContainer.Count + hooks.StartContainer.Count == 0)
        {
            return null;
        }

        var message = new Proto.Hooks();
        message.CreateContainer.AddRange(hooks.CreateContainer.Select(Convert));
        message.StartContainer.AddRange(hooks.StartContainer.Select(Convert));
        return message;
    }

    private static Proto.Hook Convert(Hook hook)
    {
        var message = new Proto.Hook { Path = hook.Path, Timeout = hook.Timeout ?? 0 };
        message.Args.AddRange(hook.Args);
        message.Env.AddRange(hook.Env);
        return message;
    }

    private static Proto.Linux Convert(LinuxSpec linux, bool seccomp)
    {
        var message = new Proto.Linux
        {
            CgroupsPath = GuestCgroupPath(linux.CgroupsPath),
            Resources = linux.Resources is null ? null : ResourcesBuilder.Build(linux.Resources),
            RootfsPropagation = linux.RootfsPropagation ?? string.Empty,
            Seccomp = seccomp && linux.Seccomp is not null ? SeccompBuilder.Build(linux.Seccomp) : null,
            Personality = linux.Personality is { Domain: not "LINUX" } personality ? Convert(personality) : null,
        };
        foreach ((string clock, LinuxTimeOffset offset) in linux.TimeOffsets)
        {
            message.TimeOffsets.Add(clock, new Proto.LinuxTimeOffset { Secs = offset.Secs, Nanosecs = offset.Nanosecs });
        }

        message.UIDMappings.AddRange(linux.UidMappings.Select(Convert));
        message.GIDMappings.AddRange(linux.GidMappings.Select(Convert));
        message.Sysctl.Add(linux.Sysctl.ToDictionary());
        message.Devices.AddRange(linux.Devices.Select(Convert));
        message.MaskedPaths.AddRange(linux.MaskedPaths);
        message.ReadonlyPaths.AddRange(linux.ReadonlyPaths);
        message.Namespaces.AddRange(linux.Namespaces.Where(ns => IsForGuest(ns, linux)).Select(ns => new Proto.LinuxNamespace { Type = ns.Type }));
        return message;
    }

    // The VM is the network namespace, and cgroup namespaces of the host mean nothing in it. A path names a namespace of the host: only the
    // wish for a pid namespace shared within the pod survives, as a flag beside the spec.
    private static bool IsForGuest(LinuxNamespace ns, LinuxSpec linux) => ns.Type switch
    {
        "network" or "cgroup" => false,
        "time" => linux.TimeOffsets.Count > 0, // without offsets its clocks are the guest's anyway
        "pid" => string.IsNullOrEmpty(ns.Path),
        _ => true,
    };

    // systemd's form is slice:prefix:name, which the guest has no systemd for.
    private static string GuestCgroupPath(string? path)
    {
        string[] parts = (path ?? string.Empty).Split(':');
        return parts.Length == 3 ? $"/{parts[1]}/{parts[2]}" : path ?? string.Empty;
    }

    private static Proto.Mount Convert(Mount mount)
    {
        var message = new Proto.Mount { Destination = mount.Destination, Source = mount.Source ?? string.Empty, Type = mount.Type ?? string.Empty };
        message.Options.AddRange(mount.Options);
        message.UIDMappings.AddRange(mount.UidMappings.Select(Convert));
        message.GIDMappings.AddRange(mount.GidMappings.Select(Convert));
        return message;
    }

    private static Proto.LinuxPersonality Convert(LinuxPersonality personality)
    {
        var message = new Proto.LinuxPersonality { Domain = personality.Domain };
        message.Flags.AddRange(personality.Flags);
        return message;
    }

    private static Proto.LinuxIDMapping Convert(LinuxIdMapping mapping) =>
        new() { HostID = mapping.HostId, ContainerID = mapping.ContainerId, Size = mapping.Size };

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
}
