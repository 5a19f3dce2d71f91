using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Linux.Security;
using Kata.Primitives;
using Kata.Protocols.Agent;
using OciProcess = Kata.Protocols.Oci.Process;

namespace Kata.Agent.Processes;

/// <summary>What a process needs to know of its container's root file system: who it is, where its program is, what its environment is.</summary>
/// <param name="Identity">Who it runs as.</param>
/// <param name="Candidates">Where its program can be.</param>
/// <param name="Environment">Its environment, HOME included.</param>
/// <param name="WorkingDirectory">Where it starts.</param>
internal sealed record ProcessDetails(
    ProcessIdentity Identity, IReadOnlyList<string> Candidates, IReadOnlyList<string> Environment, string WorkingDirectory)
{
    /// <summary>Looks everything up, and fails with the words that runc's users know.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="process">The process.</param>
    /// <param name="user">A user in words, if the host gave one.</param>
    /// <param name="createDirectory">Whether a missing working directory is made, as it is for a container's first process.</param>
    /// <exception cref="KataException">InvalidArgument: no such user or directory. NotFound, PermissionDenied: no such program.</exception>
    public static ProcessDetails Resolve(ConfinedDirectory root, OciProcess process, StringUser? user, bool createDirectory)
    {
        var accounts = new UserDatabase(ReadAccounts(root, "/etc/passwd"), () => ReadAccounts(root, "/etc/group"));
        ProcessIdentity identity = IdentityResolver.Resolve(process.User, user, accounts);
        string directory = process.Cwd.Length > 0 ? process.Cwd : "/";
        RequireDirectory(root, directory, createDirectory);
        var environment = new List<string>(process.Env);
        if (!environment.Exists(entry => entry.StartsWith("HOME=", StringComparison.Ordinal)))
        {
            environment.Add("HOME=" + identity.Home);
        }

        IReadOnlyList<string> candidates = ExecutableLookup.Find(root, process.Args[0], environment, directory);
        return new ProcessDetails(identity, candidates, environment, directory);
    }

    /// <summary>Reads resource limits by name. Descriptors have a limit always, by default that of systemd's services.</summary>
    /// <exception cref="KataException">InvalidArgument: no such limit, or one given twice.</exception>
    public static IReadOnlyList<(ResourceLimit Limit, ulong Soft, ulong Hard)> Limits(OciProcess process)
    {
        var limits = new List<(ResourceLimit Limit, ulong Soft, ulong Hard)>();
        foreach (Protocols.Oci.POSIXRlimit entry in process.Rlimits)
        {
            ResourceLimit limit = ResourceLimits.Parse(entry.Type);
            if (limits.Exists(other => other.Limit == limit))
            {
                throw KataException.Invalid($"process.rlimits has {Printable.Escape(entry.Type, 32)} twice");
            }

            limits.Add((limit, entry.Soft, entry.Hard));
        }

        if (!limits.Exists(entry => entry.Limit == ResourceLimit.OpenFiles))
        {
            (ulong soft, ulong hard) = DescriptorLimits.Default;
            limits.Add((ResourceLimit.OpenFiles, soft, hard));
        }

        return limits;
    }

    private static byte[] ReadAccounts(ConfinedDirectory root, string path)
    {
        try
        {
            return root.TryReadFile(path, UserDatabase.MaxFileSize) ?? [];
        }
        catch (KataException)
        {
            return []; // an image may put anything there; without accounts, ids and "/" are left
        }
    }

    private static void RequireDirectory(ConfinedDirectory root, string path, bool create)
    {
        if (path == "/" || Rootfs.ProcMountRules.Covers(path))
        {
            return; // always there, or of the container's own procfs, which is mounted later
        }

        try
        {
            OpenFlags flags = OpenFlags.Path | OpenFlagsPerArchitecture.Directory;
            using Fd directory = create ? root.CreateDirectories(path) : root.Open(path, flags);
        }
        catch (LinuxException error)
        {
            throw KataException.Invalid(
                $"chdir to cwd (\"{Printable.Escape(path, 256)}\") set in config.json failed: {LinuxException.Explain(error.Errno)}", error);
        }
    }
}
