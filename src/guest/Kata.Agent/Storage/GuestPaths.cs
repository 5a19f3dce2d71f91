using Kata.Linux;
using Kata.Linux.Mounts;
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

    /// <summary>Where copies of shared directories are, in which changes are noticed.</summary>
    public const string Watchable = Shared + "/watchable";

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

    /// <summary>Whether an absolute path has no empty component, no dots and no zero byte.</summary>
    public static bool IsCanonical(string path)
    {
        if (path.Length < 2 || path[0] != '/')
        {
            return false;
        }

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

    /// <summary>Opens something in the agent's tree. No link on the way is followed.</summary>
    /// <exception cref="KataException">InvalidArgument: the path is not below the agent's tree.</exception>
    /// <exception cref="LinuxException">ELOOP: a link is on the way. Others as openat2(2).</exception>
    public static Fd Open(string path, OpenFlags flags)
    {
        string relative = RequireBelowRoot(path);
        using ConfinedDirectory root = OpenRoot();
        return root.Open(relative, flags);
    }

    /// <summary>Makes a directory in the agent's tree, and opens it. No link on the way is followed.</summary>
    /// <exception cref="KataException">InvalidArgument: the path is not below the agent's tree.</exception>
    /// <exception cref="LinuxException">ELOOP: a link is on the way. Others as mkdirat(2).</exception>
    public static Fd CreateDirectory(string path)
    {
        string relative = RequireBelowRoot(path);
        using ConfinedDirectory root = OpenRoot();
        return root.CreateDirectories(relative);
    }

    /// <summary>Makes a directory and owns what of it was not there before.</summary>
    /// <inheritdoc cref="CreateDirectory(string)"/>
    public static Fd CreateDirectory(string path, GuestMount owner) => Create(path, owner, directory: true);

    /// <summary>Makes a file to mount a file on, opens it with O_PATH, and owns what was not there before.</summary>
    /// <inheritdoc cref="CreateDirectory(string)"/>
    public static Fd CreateFile(string path, GuestMount owner) => Create(path, owner, directory: false);

    /// <summary>Unmounts what is at a path. Whoever changes the tree meanwhile cannot make it something else.</summary>
    /// <exception cref="LinuxException">As umount2(2).</exception>
    public static void Unmount(string path)
    {
        string relative = RequireBelowRoot(path);
        using ConfinedDirectory root = OpenRoot();
        (Fd parent, string name) = root.OpenParent(relative);
        using (parent)
        {
            string target = $"{parent.ProcPath}/{name}";
            try
            {
                Mount.TryDetach(target);
            }
            catch (LinuxException error) when (error.Errno == Errno.EBUSY)
            {
                // Somebody still has a file open; it goes when they do.
                Mount.TryDetach(target, lazy: true);
            }
        }
    }

    private static ConfinedDirectory OpenRoot() => ConfinedDirectory.Open(Root, ResolveFlags.Strict);

    private static Fd Create(string path, GuestMount owner, bool directory)
    {
        string relative = RequireBelowRoot(path);
        using ConfinedDirectory root = OpenRoot();
        string[] missing = [.. Prefixes(relative).Where(prefix => root.TryStatus(prefix) is null)];
        foreach (string prefix in missing)
        {
            bool isFile = !directory && prefix.Length == relative.Length;
            owner.Own(() => Remove(prefix, isFile));
        }

        return directory ? root.CreateDirectories(relative) : root.CreateFile(relative);
    }

    // Only what is empty goes: others may have put something into it meanwhile, which is theirs to remove.
    private static void Remove(string relative, bool isFile)
    {
        using ConfinedDirectory root = OpenRoot();
        (Fd parent, string name) = root.OpenParent(relative);
        using (parent)
        {
            try
            {
                if (isFile)
                {
                    FileAt.RemoveFile(parent, name);
                }
                else
                {
                    FileAt.RemoveDirectory(parent, name);
                }
            }
            catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENOTEMPTY or Errno.EBUSY)
            {
                return;
            }
        }
    }

    private static IEnumerable<string> Prefixes(string relative)
    {
        for (int slash = relative.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = relative.IndexOf('/', slash + 1))
        {
            yield return relative[..slash];
        }

        yield return relative;
    }
}
