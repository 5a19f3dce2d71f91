namespace Kata.Agent.Processes;

/// <summary>Who a process runs as.</summary>
/// <param name="Uid">The user.</param>
/// <param name="Gid">The primary group.</param>
/// <param name="Groups">The supplementary groups.</param>
/// <param name="Home">The home directory of the user; "/" if the container knows none.</param>
internal sealed record ProcessIdentity(uint Uid, uint Gid, uint[] Groups, string Home);
