using Kata.Primitives;
using Kata.Protocols.Oci;
using LinuxSection = Kata.Protocols.Oci.Linux;

namespace Kata.Agent.Containers;

/// <summary>Checks a spec before anything is changed: sizes, shapes, and the features this agent does not have.</summary>
internal static class SpecValidator
{
    private const int MaxEntries = 4096;
    private const int MaxText = 128 * 1024;

    /// <summary>Checks a container's spec.</summary>
    /// <exception cref="KataException">InvalidArgument: the spec is wrong. Unsupported: it asks for something the guest cannot do.</exception>
    public static void Validate(Spec? spec)
    {
        Require(spec is not null, "the request has no spec");
        Require(spec!.Process is not null, "the spec has no process");
        Require(spec.Root is { Path.Length: > 0 }, "the spec has no root.path");
        Require(spec.Root!.Path[0] == '/', $"root.path '{Shown(spec.Root.Path)}' is not absolute");
        Require(spec.Linux is not null, "the spec has no linux section");
        RequireCount(spec.Mounts.Count, "mounts");
        RequireCount(spec.Linux!.Devices.Count, "linux.devices");
        RequireCount(spec.Linux.MaskedPaths.Count, "linux.maskedPaths");
        RequireCount(spec.Linux.ReadonlyPaths.Count, "linux.readonlyPaths");
        RequireCount(spec.Linux.Sysctl.Count, "linux.sysctl");
        ValidateMounts(spec);
        ValidateProcess(spec.Process!);
        ValidateNamespaces(spec);
        RefuseUnsupported(spec);
    }

    /// <summary>Checks a process, of a container or added to one.</summary>
    /// <exception cref="KataException">InvalidArgument: it is wrong. Unsupported: it asks for something the guest cannot do.</exception>
    public static void ValidateProcess(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        Require(process.Args.Count > 0, "process.args is empty");
        Require(process.Args[0].Length > 0, "process.args[0] is empty: exec: no command");
        RequireCount(process.Args.Count, "process.args");
        RequireCount(process.Env.Count, "process.env");
        RequireCount(process.Rlimits.Count, "process.rlimits");
        Require(process.User is null || process.User.AdditionalGids.Count <= 65536, "process.user.additionalGids has more than 65536 entries");
        foreach (string text in process.Args)
        {
            RequireText(text, "process.args");
        }

        foreach (string text in process.Env)
        {
            RequireText(text, "process.env");
            Require(text.IndexOf('=', StringComparison.Ordinal) > 0, $"process.env entry '{Shown(text)}' is not NAME=value");
        }

        Require(process.Cwd.Length == 0 || process.Cwd[0] == '/', $"process.cwd '{Shown(process.Cwd)}' is not absolute");
        RequireText(process.Cwd, "process.cwd");
        RefuseLabel(process.ApparmorProfile, "process.apparmorProfile");
        RefuseLabel(process.SelinuxLabel, "process.selinuxLabel");
    }

    private static void ValidateMounts(Spec spec)
    {
        foreach (Mount mount in spec.Mounts)
        {
            RequireAbsolute(mount.Destination, "mount destination");
            RequireText(mount.Source, "mount source");
            RequireText(mount.Type, "mount type");
            RequireCount(mount.Options.Count, "mount options");
        }

        foreach (string path in spec.Linux.MaskedPaths)
        {
            RequireAbsolute(path, "masked path");
        }

        foreach (string path in spec.Linux.ReadonlyPaths)
        {
            RequireAbsolute(path, "read-only path");
        }
    }

    private static void ValidateNamespaces(Spec spec)
    {
        var seen = new HashSet<string>();
        foreach (LinuxNamespace entry in spec.Linux.Namespaces)
        {
            Require(
                entry.Type is "pid" or "ipc" or "uts" or "mount" or "network" or "cgroup" or "user" or "time",
                $"linux.namespaces has the unknown type '{Shown(entry.Type)}'");
            Require(seen.Add(entry.Type), $"linux.namespaces has two entries of type {entry.Type}");
        }

        // The pid namespace is always separate (the runtime expresses it in the request), so only mounts have to be asked for.
        Require(seen.Contains("mount"), "linux.namespaces has no mount namespace: a container in the guest needs one");
        if (spec.Hostname.Length > 0)
        {
            Require(seen.Contains("uts"), "unable to set hostname without a private UTS namespace");
            Require(spec.Hostname.Length <= 64, "hostname is longer than 64 bytes");
        }
    }

    private static void RefuseUnsupported(Spec spec)
    {
        LinuxSection linux = spec.Linux;
        foreach (LinuxNamespace entry in linux.Namespaces)
        {
            if (entry.Type is "user" or "time")
            {
                throw KataException.Unsupported($"{entry.Type} namespaces are not supported in the guest");
            }
        }

        if (linux.UIDMappings.Count > 0 || linux.GIDMappings.Count > 0)
        {
            throw KataException.Unsupported("id mappings are not supported in the guest: they need a user namespace");
        }

        if (linux.IntelRdt is { L3CacheSchema.Length: > 0 })
        {
            throw KataException.Unsupported("intelRdt is not supported in the guest");
        }

        RefuseLabel(linux.MountLabel, "linux.mountLabel");
        if (spec.Hooks is { } hooks
            && hooks.Prestart.Count + hooks.Poststart.Count + hooks.Poststop.Count
                + hooks.CreateRuntime.Count + hooks.CreateContainer.Count + hooks.StartContainer.Count > 0)
        {
            throw KataException.Unsupported("hooks are not supported in the guest: they run on the host");
        }
    }

    private static void RefuseLabel(string label, string name)
    {
        if (label.Length > 0)
        {
            throw KataException.Unsupported($"{name} is set, but the guest's kernel has no such security module");
        }
    }

    private static void RequireAbsolute(string path, string what)
    {
        RequireText(path, what);
        Require(path.Length > 0 && path[0] == '/', $"{what} '{Shown(path)}' is not absolute");
        foreach (Range component in path.AsSpan().Split('/'))
        {
            Require(path.AsSpan()[component] is not "..", $"{what} '{Shown(path)}' contains '..'");
        }
    }

    private static void RequireText(string text, string what)
    {
        Require(text.Length <= MaxText, $"{what} is longer than {MaxText} characters");
        Require(!text.Contains('\0', StringComparison.Ordinal), $"{what} contains a zero byte");
    }

    private static void RequireCount(int count, string what) => Require(count <= MaxEntries, $"{what} has more than {MaxEntries} entries");

    private static string Shown(string text) => Printable.Escape(text, 128);

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw KataException.Invalid(message);
        }
    }
}
