namespace Kata.Agent.Processes;

/// <summary>One line of a passwd file.</summary>
/// <param name="Name">The login name.</param>
/// <param name="Uid">The user id.</param>
/// <param name="Gid">The id of the primary group.</param>
/// <param name="Home">The home directory as written.</param>
internal sealed record UserAccount(string Name, uint Uid, uint Gid, string Home);
