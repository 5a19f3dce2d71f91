using System.Globalization;
using Kata.Agent.Containers;
using Kata.Linux.Mounts;
using Kata.Primitives;

namespace Kata.Agent.Rootfs;

/// <summary>
/// Owners in the options of file systems that the agent mounts for a container with a user namespace: the agent's ids are the guest's, the spec's are the
/// container's.
/// </summary>
internal static class MountOwners
{
    private const uint RootId = 0;

    /// <summary>The options as mount(2) takes them, with the guest's ids.</summary>
    /// <param name="type">The file system; others than tmpfs and devpts have no owners to translate.</param>
    /// <param name="options">The words of the spec.</param>
    /// <param name="ids">How ids of the container stand for the guest's.</param>
    /// <exception cref="KataException">InvalidArgument: an owner is no number, or not in the maps.</exception>
    public static string? Translate(string type, MountOptions options, IdMaps ids)
    {
        if (ids.IsIdentity || type is not ("tmpfs" or "devpts"))
        {
            return options.DataText;
        }

        var words = new List<string>();
        bool hasUser = false;
        bool hasGroup = false;
        foreach (string word in options.Data)
        {
            if (word.StartsWith("uid=", StringComparison.Ordinal))
            {
                hasUser = true;
                words.Add(Text("uid=", ids.User(Number(word))));
            }
            else if (word.StartsWith("gid=", StringComparison.Ordinal))
            {
                hasGroup = true;
                words.Add(Text("gid=", ids.Group(Number(word))));
            }
            else
            {
                words.Add(word);
            }
        }

        // Without words a tmpfs belongs to whoever mounts it, and a terminal to whoever opens it.
        if (type == "tmpfs" && !hasUser)
        {
            words.Add(Text("uid=", ids.User(RootId)));
        }

        if (type == "tmpfs" && !hasGroup)
        {
            words.Add(Text("gid=", ids.Group(RootId)));
        }

        return string.Join(',', words);
    }

    private static uint Number(string word) => uint.TryParse(word.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
        ? id
        : throw KataException.Invalid($"mount option '{Printable.Escape(word, 64)}' has no number");

    private static string Text(string prefix, uint id) => prefix + id.ToString(CultureInfo.InvariantCulture);
}
