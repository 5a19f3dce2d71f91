using Kata.Primitives;

namespace Kata.Agent.Rootfs;

/// <summary>Which sysctls a container may set: those that belong to a namespace it has for itself, and the network's, which belong to the sandbox.</summary>
internal static class SysctlRules
{
    private static readonly string[] IpcNames =
        ["kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"];

    /// <summary>Checks one name and gives its path under /proc/sys.</summary>
    /// <param name="name">Dotted, or with slashes where a component contains dots.</param>
    /// <param name="ownIpc">Whether the container has an ipc namespace that is not the guest's.</param>
    /// <param name="ownUts">Whether the container has a uts namespace that is not the guest's.</param>
    /// <exception cref="KataException">InvalidArgument: not a sysctl that a container may set.</exception>
    public static string RequirePath(string name, bool ownIpc, bool ownUts)
    {
        ArgumentNullException.ThrowIfNull(name);

        // sysctl(8): the separator that comes first decides; the other one is then an ordinary character ("net/ipv4/conf/eth0.1/…").
        int first = name.AsSpan().IndexOfAny('.', '/');
        bool dotted = first >= 0 && name[first] == '.';
        string path = dotted ? Swap(name) : name;
        string canonical = dotted ? name : Swap(name);
        foreach (string component in path.Split('/'))
        {
            if (component is "" or "." or ".." || component.Contains('\0', StringComparison.Ordinal))
            {
                throw Refused(name, "it is not a sysctl name");
            }
        }

        if (canonical.StartsWith("net.", StringComparison.Ordinal))
        {
            return path;
        }

        if (canonical.StartsWith("fs.mqueue.", StringComparison.Ordinal) || Array.IndexOf(IpcNames, canonical) >= 0)
        {
            return ownIpc ? path : throw Refused(name, "it needs an ipc namespace of the container's own");
        }

        if (canonical == "kernel.domainname")
        {
            return ownUts ? path : throw Refused(name, "it needs a uts namespace of the container's own");
        }

        throw Refused(name, canonical == "kernel.hostname" ? "set the hostname of the spec instead" : "it is not kept apart by a namespace");
    }

    private static string Swap(string name) =>
        string.Create(name.Length, name, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = source[i] switch { '.' => '/', '/' => '.', var c => c };
            }
        });

    private static KataException Refused(string name, string why) =>
        KataException.Invalid($"sysctl \"{Printable.Escape(name, 128)}\" is not allowed in a container: {why}");
}
