using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>What a clean-up of the image store did.</summary>
/// <param name="Removed">Layers removed.</param>
/// <param name="Freed">The size of the files in them.</param>
/// <param name="InUse">Layers that stayed, because containers use them.</param>
public sealed record PruneResult(int Removed, ByteSize Freed, int InUse);
