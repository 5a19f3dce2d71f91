using System.Globalization;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Agent.Processes;

/// <summary>Finds out who a process is to run as. Ids of the spec count; names are looked up in the container.</summary>
internal static class IdentityResolver
{
    /// <summary>Resolves the user.</summary>
    /// <param name="user">The spec's user; null means root.</param>
    /// <param name="named">A user given in words beside the spec; wins where it says something.</param>
    /// <param name="database">The container's accounts.</param>
    /// <exception cref="KataException">InvalidArgument: the container has no such user or group.</exception>
    public static ProcessIdentity Resolve(User? user, StringUser? named, UserDatabase database)
    {
        uint uid = user?.UID ?? 0;
        uint gid = user?.GID ?? 0;
        string name = named is { Uid.Length: > 0 } ? named.Uid : user?.Username ?? string.Empty;
        var groups = new List<uint>(user?.AdditionalGids ?? []);
        if (name.Length > 0)
        {
            UserAccount? account = Number(name) is { } number ? database.FindUser(number) : database.FindUser(name);
            uid = account?.Uid ?? Number(name) ?? throw KataException.Invalid($"unable to find user {Shown(name)}: no matching entries in passwd file");
            gid = account?.Gid ?? gid;
            groups.AddRange(account is null ? [] : database.GroupsOf(account.Name));
        }

        if (named is { Gid.Length: > 0 })
        {
            gid = FindGroup(named.Gid, database);
        }

        foreach (string extra in named?.AdditionalGids ?? [])
        {
            groups.Add(FindGroup(extra, database));
        }

        string home = database.FindUser(uid)?.Home ?? string.Empty;
        return new ProcessIdentity(uid, gid, [.. new HashSet<uint>(groups)], home.Length > 0 ? home : "/");
    }

    private static uint FindGroup(string name, UserDatabase database) =>
        Number(name) ?? database.FindGroup(name) ?? throw KataException.Invalid($"unable to find group {Shown(name)}: no matching entries in group file");

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id : null;

    private static string Shown(string name) => Printable.Escape(name, 64);
}
