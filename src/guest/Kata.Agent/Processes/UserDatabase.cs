using System.Globalization;
using System.Text;

namespace Kata.Agent.Processes;

/// <summary>A container's /etc/passwd and /etc/group, read without NSS. The content is the image's: malformed lines are skipped.</summary>
internal sealed class UserDatabase
{
    /// <summary>The most of each file that is read, in bytes.</summary>
    public const int MaxFileSize = 1 << 20;

    private readonly string _passwd;
    private readonly Func<byte[]> _readGroup;
    private string? _group;

    /// <summary>Wraps the two files.</summary>
    /// <param name="passwd">The content of /etc/passwd; empty if there is none.</param>
    /// <param name="readGroup">Reads /etc/group, empty if there is none; called when a group is looked for, which is seldom.</param>
    public UserDatabase(ReadOnlySpan<byte> passwd, Func<byte[]> readGroup)
    {
        _passwd = Encoding.UTF8.GetString(passwd);
        _readGroup = readGroup;
    }

    private string Group => _group ??= Encoding.UTF8.GetString(_readGroup());

    /// <summary>The first account with this name.</summary>
    public UserAccount? FindUser(string name) => FindAccount(account => account.Name == name);

    /// <summary>The first account with this user id.</summary>
    public UserAccount? FindUser(uint uid) => FindAccount(account => account.Uid == uid);

    /// <summary>The id of the first group with this name.</summary>
    public uint? FindGroup(string name)
    {
        foreach (Range range in Group.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = Group.AsSpan(range);
            if (Fields(line, out Span<Range> ranges, new Range[5]) >= 3 && line[ranges[0]].SequenceEqual(name) && Id(line[ranges[2]]) is { } gid)
            {
                return gid;
            }
        }

        return null;
    }

    /// <summary>The ids of the groups that list a user as a member, in the order of the file.</summary>
    public IReadOnlyList<uint> GroupsOf(string user)
    {
        var groups = new List<uint>();
        foreach (Range range in Group.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = Group.AsSpan(range);
            if (Fields(line, out Span<Range> ranges, new Range[5]) < 4 || Id(line[ranges[2]]) is not { } gid)
            {
                continue;
            }

            ReadOnlySpan<char> members = line[ranges[3]];
            foreach (Range member in members.Split(','))
            {
                if (members[member].Trim().SequenceEqual(user) && !groups.Contains(gid))
                {
                    groups.Add(gid);
                }
            }
        }

        return groups;
    }

    private static int Fields(ReadOnlySpan<char> line, out Span<Range> ranges, Range[] buffer)
    {
        ranges = buffer;
        return line.IsEmpty || line[0] == '#' ? 0 : line.Split(ranges, ':');
    }

    private static uint? Id(ReadOnlySpan<char> text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id : null;

    private UserAccount? FindAccount(Func<UserAccount, bool> wanted)
    {
        foreach (Range range in _passwd.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = _passwd.AsSpan(range);
            if (Fields(line, out Span<Range> ranges, new Range[8]) < 6 || Id(line[ranges[2]]) is not { } uid || Id(line[ranges[3]]) is not { } gid)
            {
                continue;
            }

            var account = new UserAccount(line[ranges[0]].ToString(), uid, gid, line[ranges[5]].ToString());
            if (wanted(account))
            {
                return account;
            }
        }

        return null;
    }
}
