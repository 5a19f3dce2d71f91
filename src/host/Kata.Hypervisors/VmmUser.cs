namespace Kata.Hypervisors;

/// <summary>The credentials of a VMM process that does not run as root.</summary>
/// <param name="Uid">User id; not 0.</param>
/// <param name="Gid">Group id; not 0.</param>
/// <param name="Groups">Supplementary groups, such as the one that may open /dev/kvm.</param>
public sealed record VmmUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups);
