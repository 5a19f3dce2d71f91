using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Storage;

/// <summary>The agent's own part of the guest's file system tree. Whatever the host asks to be made is made here.</summary>
internal static class GuestPaths
{
    /// <summary>The root of the agent's tree.</summary>
    public const string Root = "/run/kata-containers";

    /// <summary>What belongs to the sandbox.</summary>
    public const string Sandbox = Root + "/sandbox";

    /// <summary>Where the host shares the containers' root file systems.</summary>
    public const string Shared = Root + "/shared/containers";

    /// <summary>The sandbox's resolv.conf.</summary>
    public const string Resolver = Sandbox + "/resolv.conf";

    /// <summary>Checks a path that the host sent and gives its part below <see cref="Root"/>.</summary>
    /// <exception cref="KataException">InvalidArgument: it is not below the agent's tree, or not canonical.</exception>
    public static string RequireBelowRoot(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string trimmed = path.TrimEnd('/');
        if (trimmed.Length > Root.Length + 1 && trimmed.Length < 4096 && trimmed.StartsWith(Root + "/", StringComparison.Ordinal) && IsCanonical(trimmed))
        {
            return trimmed[(Root.Length + 1)..];
        }

        throw KataException.Invalid($"'{Printable.Escape(path, 256)}' is not a path below {Root}");
    }

    /// <summary>Makes a directory in the agent's tree, and opens it. No link on the way is followed.</summary>
    /// <exception cref="KataException">InvalidArgument: the path is not below the agent's tree.</exception>
    /// <exception cref="LinuxException">ELOOP: a link is on the way. Others as mkdirat(2).</exception>
    public static Fd CreateDirectory(string path)
    {
        string relative = RequireBelowRoot(path);
        using ConfinedDirectory root = ConfinedDirectory.Open(Root, ResolveFlags.Strict);
        return root.CreateDirectories(relative);
    }

    /// <summary>Makes a file to mount a file on, and opens it with O_PATH.</summary>
    /// <inheritdoc cref="CreateDirectory(string)"/>
    public static Fd CreateFile(string path)
    {
        string relative = RequireBelowRoot(path);
        using ConfinedDirectory root = ConfinedDirectory.Open(Root, ResolveFlags.Strict);
        return root.CreateFile(relative);
    }

    private static bool IsCanonical(string path)
    {
        foreach (Range component in path.AsSpan(1).Split('/'))
        {
            ReadOnlySpan<char> name = path.AsSpan(1)[component];
            if (name is "" or "." or ".." || name.Contains('\0'))
            {
                return false;
            }
        }

        return true;
    }
}
