using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Processes;

/// <summary>
/// Finds a program in a container before it is started, so that a wrong name fails the request with the words and the kind of error that runc's users know:
/// NotFound is what a shell calls 127, PermissionDenied 126.
/// </summary>
internal static class ExecutableLookup
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int MaxCandidates = 100;
    private const uint AnyExecuteBit = 0x49; // 0111

    /// <summary>The paths at which the program can be, the first choice first.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="name">The first argument.</param>
    /// <param name="environment">The environment of the process; PATH counts.</param>
    /// <param name="workingDirectory">Where a relative path starts.</param>
    /// <exception cref="KataException">NotFound: there is no such program. PermissionDenied: it cannot be executed.</exception>
    public static IReadOnlyList<string> Find(ConfinedDirectory root, string name, IEnumerable<string> environment, string workingDirectory)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return [FindPath(root, name, workingDirectory)];
        }

        var candidates = new List<string>();
        bool denied = false;
        foreach (string directory in PathOf(environment).Split(':'))
        {
            // Relative entries would depend on the working directory, which is a way to be tricked.
            if (directory.Length == 0 || directory[0] != '/' || candidates.Count >= MaxCandidates)
            {
                continue;
            }

            string path = $"{directory.TrimEnd('/')}/{name}";
            switch (Look(root, path))
            {
                case Finding.Program:
                    candidates.Add(path);
                    break;
                case Finding.NotExecutable:
                    denied = true;
                    break;
                default:
                    break;
            }
        }

        return candidates.Count > 0 ? candidates
            : denied ? throw new KataException(ErrorCode.PermissionDenied, $"exec: \"{Shown(name)}\": permission denied")
            : throw KataException.NotFound($"exec: \"{Shown(name)}\": executable file not found in $PATH");
    }

    private static string FindPath(ConfinedDirectory root, string name, string workingDirectory)
    {
        string path = name[0] == '/' ? name : $"{workingDirectory.TrimEnd('/')}/{name}";
        return Look(root, path) switch
        {
            Finding.Program => path,
            Finding.Directory => throw new KataException(ErrorCode.PermissionDenied, $"exec: \"{Shown(name)}\": is a directory"),
            Finding.NotExecutable => throw new KataException(ErrorCode.PermissionDenied, $"exec: \"{Shown(name)}\": permission denied"),
            _ => throw KataException.NotFound($"exec: \"{Shown(name)}\": stat {Shown(path)}: no such file or directory"),
        };
    }

    private static Finding Look(ConfinedDirectory root, string path)
    {
        try
        {
            return root.TryStatus(path) switch
            {
                null => Finding.Nothing,
                { IsDirectory: true } => Finding.Directory,
                { Kind: FileKind.Regular } status when (status.Permissions & AnyExecuteBit) != 0 => Finding.Program,
                _ => Finding.NotExecutable,
            };
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOTDIR or Errno.ENAMETOOLONG)
        {
            return Finding.Nothing;
        }
        catch (LinuxException error) when (error.Errno is Errno.ELOOP)
        {
            // A link into /proc, which is not followed from outside. The kernel decides when the process executes it.
            return Finding.Program;
        }
    }

    private static string PathOf(IEnumerable<string> environment)
    {
        foreach (string entry in environment)
        {
            if (entry.StartsWith("PATH=", StringComparison.Ordinal))
            {
                return entry["PATH=".Length..];
            }
        }

        return DefaultPath;
    }

    private static string Shown(string text) => Printable.Escape(text, 256);

    private enum Finding
    {
        Nothing,
        Program,
        Directory,
        NotExecutable,
    }
}
