namespace Kata.Runtime.Images;

/// <summary>Who a container runs as, by number, with what belongs to that.</summary>
/// <param name="UserId">User.</param>
/// <param name="GroupId">Primary group.</param>
/// <param name="AdditionalGroups">Supplementary groups.</param>
/// <param name="Home">Home directory.</param>
public sealed record ImageUser(uint UserId, uint GroupId, IReadOnlyList<uint> AdditionalGroups, string Home);
