using Kata.Primitives;

namespace Kata.Linux.Security;

/// <summary>The names that OCI configurations give to resource limits.</summary>
public static class ResourceLimits
{
    private static readonly string[] Names =
    [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
    ];

    /// <summary>Reads a name such as <c>RLIMIT_NOFILE</c>.</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such limit.</exception>
    public static ResourceLimit Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const string Prefix = "RLIMIT_";
        int index = name.StartsWith(Prefix, StringComparison.Ordinal) ? Array.IndexOf(Names, name[Prefix.Length..]) : -1;
        return index >= 0
            ? (ResourceLimit)index
            : throw KataException.Invalid($"unknown resource limit '{Printable.Escape(name, maxLength: 64)}': use a name such as RLIMIT_NOFILE");
    }

    /// <summary>The name that configurations use.</summary>
    public static string NameOf(ResourceLimit limit) => "RLIMIT_" + Names[(int)limit];
}
