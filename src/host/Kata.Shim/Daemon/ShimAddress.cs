using System.Text;
using Kata.Shim.CommandLine;

namespace Kata.Shim.Daemon;

/// <summary>Where a shim listens: a name that follows from containerd's address, the namespace and the sandbox, so that every container of a pod finds the same shim.</summary>
internal static class ShimAddress
{
    /// <summary>The directory of all shim sockets.</summary>
    public const string SocketDirectory = "/run/containerd/s";

    private const string Scheme = "unix://";

    /// <summary>The address of the shim of one sandbox: the one given on the command line, else the one that follows.</summary>
    public static string Of(ShimFlags flags, string sandboxId) =>
        flags.Socket.Length > 0 ? Scheme + flags.Socket : For(flags.Address, flags.Namespace, sandboxId);

    /// <summary>The address of the shim of one sandbox, as containerd's own library names it.</summary>
    /// <param name="containerdAddress">containerd's main socket.</param>
    /// <param name="containerdNamespace">containerd's namespace.</param>
    /// <param name="sandboxId">The task that owns the sandbox.</param>
    public static string For(string containerdAddress, string containerdNamespace, string sandboxId)
    {
        string joined = Join(containerdAddress, containerdNamespace, sandboxId);
        return string.Concat(Scheme, SocketDirectory, "/", Sha256Digest.Hex(Encoding.UTF8.GetBytes(joined)));
    }

    /// <summary>The path in the file system of a socket address; null for an address in the abstract namespace, which has no scheme.</summary>
    public static string? PathOf(string address) => address.StartsWith(Scheme, StringComparison.Ordinal) ? address[Scheme.Length..] : null;

    // Go's filepath.Join: drop empty elements, join with '/', clean the result.
    private static string Join(params ReadOnlySpan<string> elements)
    {
        var parts = new List<string>();
        bool rooted = false;
        bool first = true;
        foreach (string element in elements)
        {
            if (element.Length == 0)
            {
                continue;
            }

            rooted |= first && element[0] == '/';
            first = false;
            foreach (string part in element.Split('/'))
            {
                Append(parts, part, rooted);
            }
        }

        return (rooted ? "/" : string.Empty) + string.Join('/', parts);
    }

    private static void Append(List<string> parts, string part, bool rooted)
    {
        switch (part)
        {
            case "" or ".":
                break;
            case ".." when parts.Count > 0 && parts[^1] != "..":
                parts.RemoveAt(parts.Count - 1);
                break;
            case ".." when rooted:
                break;
            default:
                parts.Add(part);
                break;
        }
    }
}
