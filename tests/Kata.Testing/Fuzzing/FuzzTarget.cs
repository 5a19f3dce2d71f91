namespace Kata.Testing.Fuzzing;

/// <summary>What is given any bytes; it throws where something is wrong with the program, not with the bytes.</summary>
public delegate void FuzzTarget(ReadOnlySpan<byte> input);
