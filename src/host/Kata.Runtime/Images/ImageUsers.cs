using System.Globalization;
using System.Text;

using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Finds users and groups in an image's own files, without leaving the image and without believing much of what is in them.</summary>
public static class ImageUsers
{
    private const int MaxFile = 1 << 20;

    /// <summary>Resolves <c>user</c>, <c>uid</c>, <c>user:group</c> or <c>uid:gid</c>.</summary>
    /// <param name="root">The root file system.</param>
    /// <param name="text">What was asked for; empty means root.</param>
    /// <exception cref="KataException">NotFound: the image has no such user or group. InvalidArgument: malformed.</exception>
    public static ImageUser Resolve(string root, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        using ConfinedDirectory directory = ConfinedDirectory.Open(root);
        string[][] passwd = Lines(directory, "/etc/passwd");
        string[][] group = Lines(directory, "/etc/group");
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string user = colon < 0 ? text : text[..colon];
        string? groupName = colon < 0 ? null : text[(colon + 1)..];
        if (groupName?.Length == 0)
        {
            throw KataException.Invalid($"user \"{Printable.Escape(text, maxLength: 128)}\" has an empty group");
        }

        user = user.Length == 0 ? "0" : user;
        string[]? account = passwd.FirstOrDefault(line => line.Length >= 4 && line[0] == user) ?? passwd.FirstOrDefault(line => line.Length >= 4 && line[2] == user);
        uint userId = account is not null && TryId(account[2], out uint found) ? found
            : TryId(user, out uint number) ? number
            : throw KataException.NotFound($"the image has no user \"{Printable.Escape(user, maxLength: 128)}\" in /etc/passwd; give a number to use one that is not there");
        uint groupId = groupName is not null ? Group(group, groupName)
            : account is not null && TryId(account[3], out uint primary) ? primary : 0;
        string home = account is { Length: >= 6 } && account[5].StartsWith('/') ? account[5] : "/";
        return new ImageUser(userId, groupId, account is null || groupName is not null ? [] : Memberships(group, account[0], groupId), home);
    }

    private static uint Group(string[][] group, string name)
    {
        string[]? entry = group.FirstOrDefault(line => line.Length >= 3 && line[0] == name);
        return entry is not null && TryId(entry[2], out uint found) ? found
            : TryId(name, out uint number) ? number
            : throw KataException.NotFound($"the image has no group \"{Printable.Escape(name, maxLength: 128)}\" in /etc/group; give a number to use one that is not there");
    }

    private static uint[] Memberships(string[][] group, string user, uint primary) =>
        [.. group.Where(line => line.Length >= 4 && line[3].Split(',').Contains(user))
            .Select(line => TryId(line[2], out uint id) ? id : primary).Where(id => id != primary).Distinct()];

    private static bool TryId(string text, out uint id) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id != uint.MaxValue;

    private static string[][] Lines(ConfinedDirectory root, string path)
    {
        try
        {
            return [.. Encoding.UTF8.GetString(root.ReadFile(path, MaxFile)).Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(':'))];
        }
        catch (LinuxException error) when (error.Code == ErrorCode.NotFound || error.Errno == Errno.ENOTDIR)
        {
            // An image of a single program has no such files; numbers are all that can be used then.
            return [];
        }
    }
}
