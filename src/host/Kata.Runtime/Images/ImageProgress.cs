namespace Kata.Runtime.Images;

/// <summary>How far the preparation of an image is.</summary>
/// <param name="Layer">The layer that is being unpacked, from 1.</param>
/// <param name="Layers">How many there are.</param>
public readonly record struct ImageProgress(int Layer, int Layers);
