using System.Runtime.CompilerServices;
using Kata.Agent.Hooks;
using Kata.Primitives;
using Kata.Protocols.Oci;
using LinuxSection = Kata.Protocols.Oci.Linux;

namespace Kata.Agent.Containers;

/// <summary>Checks a spec before anything is changed: sizes, shapes, and what no guest can do.</summary>
internal static class SpecValidator
{
    private const int MaxEntries = 4096;
    private const int MaxText = 128 * 1024;
    private const int MaxHooks = 64; // of one stage

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
        ValidateHooks(spec.Hooks);
        RefuseUnsupported(spec.Linux);
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
            RequireText(entry.Path, "namespace path");
            Require(entry.Path.Length == 0 || entry.Path[0] == '/', $"the path '{Shown(entry.Path)}' of the {entry.Type} namespace is not absolute");
        }

        // The pid namespace is always separate (the runtime expresses it in the request), so only mounts have to be asked for.
        Require(seen.Contains("mount"), "linux.namespaces has no mount namespace: a container in the guest needs one");
        if (spec.Hostname.Length > 0)
        {
            Require(seen.Contains("uts"), "unable to set hostname without a private UTS namespace");
            Require(spec.Hostname.Length <= 64, "hostname is longer than 64 bytes");
        }

        Require(spec.Domainname.Length == 0 || seen.Contains("uts"), "unable to set domainname without a private UTS namespace");
        Require(spec.Domainname.Length <= 64, "domainname is longer than 64 bytes");
        Require(
            seen.Contains("user") || spec.Linux.UIDMappings.Count + spec.Linux.GIDMappings.Count == 0,
            "linux.uidMappings and linux.gidMappings need a user namespace in linux.namespaces");
        Require(seen.Contains("time") || spec.Linux.TimeOffsets.Count == 0, "linux.timeOffsets need a time namespace in linux.namespaces");
    }

    private static void ValidateHooks(Protocols.Oci.Hooks? hooks)
    {
        foreach (HookStage stage in HookNames.Stages)
        {
            IReadOnlyList<Hook> list = HookNames.Of(hooks, stage);
            Require(list.Count <= MaxHooks, $"hooks.{HookNames.Of(stage)} has more than {MaxHooks} entries");
            foreach (Hook hook in list)
            {
                RequireAbsolute(hook.Path, $"hooks.{HookNames.Of(stage)} path");
                RequireCount(hook.Args.Count, "hook arguments");
                RequireCount(hook.Env.Count, "hook variables");
                foreach (string text in (IEnumerable<string>)[.. hook.Args, .. hook.Env])
                {
                    RequireText(text, $"hooks.{HookNames.Of(stage)}");
                }

                Require(hook.Timeout >= 0, $"the timeout of {HookNames.Of(stage)} hook {Shown(hook.Path)} is negative");
            }
        }
    }

    private static void RefuseUnsupported(LinuxSection linux)
    {
        if (linux.IntelRdt is { L3CacheSchema.Length: > 0 })
        {
            throw KataException.Unsupported("linux.intelRdt is not supported in a guest: a VM's processors have no cache allocation of their own, set it for the VM on the host");
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

    private static void Require(bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref FailureText message)
    {
        if (!condition)
        {
            throw KataException.Invalid(message.ToStringAndClear());
        }
    }
}
