namespace Kata.Rego.Patterns;

/// <summary>One instruction of a compiled pattern.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="First">Where to go on: of a fork, preferably.</param>
/// <param name="Second">Where else to go on, of a fork; the number of what is saved; the kind of place.</param>
/// <param name="Class">What is taken.</param>
internal readonly record struct Instruction(InstructionKind Kind, int First, int Second, RuneClass? Class);
