namespace Kata.Client.Tests.Host;

/// <summary>
/// Everything a sandbox can leave on the host: processes, mounts in every live mount namespace, cgroups, network namespaces, links, sockets and state.
/// What names neither a test's id nor its directory belongs to others who use the machine, and does not count.
/// </summary>
internal sealed class HostSnapshot
{
    private static readonly string[] StateDirectories = ["/run/vc", "/run/kata-containers", "/run/containerd/s", "/run/netns"];
    private static readonly string[] Programs = ["qemu-system", "virtiofsd", "containerd-shim-kata"];

    private readonly HashSet<string> _entries;

    private HostSnapshot(HashSet<string> entries) => _entries = entries;

    /// <summary>Looks at the machine now.</summary>
    /// <param name="ours">Parts of the paths, ids and socket names that the tests use: one is in everything they can leave.</param>
    internal static HostSnapshot Take(params IReadOnlyList<string> ours)
    {
        var entries = new HashSet<string>(StringComparer.Ordinal);
        foreach (ProcessEntry process in ProcessTable.Read())
        {
            if (Programs.Any(program => process.Name.StartsWith(program, StringComparison.Ordinal)) && IsOurs(process.CommandLine, ours))
            {
                entries.Add($"process {process.Pid} {process.Name}");
            }
        }

        AddNamespaces(entries, ours);
        AddCgroups(entries, ours);
        foreach (string directory in StateDirectories.Where(Directory.Exists))
        {
            foreach (string path in Directory.EnumerateFileSystemEntries(directory, "*", Walk).Where(path => IsOurs(path, ours)))
            {
                entries.Add($"file {path}");
            }
        }

        foreach (string link in Directory.EnumerateFileSystemEntries("/sys/class/net"))
        {
            entries.Add($"link {Path.GetFileName(link)}");
        }

        return new HostSnapshot(entries);
    }

    /// <summary>What this snapshot has and an earlier one has not.</summary>
    internal IReadOnlyList<string> Since(HostSnapshot earlier) => [.. _entries.Except(earlier._entries).Order(StringComparer.Ordinal)];

    private static EnumerationOptions Walk => new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, MaxRecursionDepth = 8 };

    private static bool IsOurs(string text, IReadOnlyList<string> ours) => ours.Any(mark => text.Contains(mark, StringComparison.Ordinal));

    private static void AddNamespaces(HashSet<string> entries, IReadOnlyList<string> ours)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (ProcessEntry process in ProcessTable.Read())
        {
            if (LinkOf(process.Pid, "mnt") is not { } mounts || !seen.Add(mounts))
            {
                continue;
            }

            foreach (string line in LinesOf($"/proc/{process.Pid}/mountinfo"))
            {
                if (IsOurs(line, ours))
                {
                    entries.Add($"mount {line.Split(' ')[4]} in {mounts}");
                }
            }
        }
    }

    private static void AddCgroups(HashSet<string> entries, IReadOnlyList<string> ours)
    {
        foreach (string path in Directory.EnumerateDirectories("/sys/fs/cgroup", "*", Walk))
        {
            if (IsOurs(path, ours))
            {
                entries.Add($"cgroup {path}");
            }
        }
    }

    private static string? LinkOf(int pid, string kind)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/{kind}").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string[] LinesOf(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
