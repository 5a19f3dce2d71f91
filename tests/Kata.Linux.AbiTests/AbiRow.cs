namespace Kata.Linux.AbiTests;

/// <summary>A value of ours and the C expression that must have it.</summary>
/// <param name="Expression">For the compiler: <c>sizeof(struct stat)</c>.</param>
/// <param name="Ours">Our value.</param>
/// <param name="Where">Where ours is from, for messages.</param>
internal sealed record AbiRow(string Expression, long Ours, string Where = "");
