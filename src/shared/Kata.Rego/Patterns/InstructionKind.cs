namespace Kata.Rego.Patterns;

/// <summary>What an instruction does.</summary>
internal enum InstructionKind
{
    /// <summary>Takes a character of <see cref="Instruction.Class"/>.</summary>
    Take,

    /// <summary>Goes on at two places, preferring <see cref="Instruction.First"/>.</summary>
    Fork,

    /// <summary>Remembers the place in the text.</summary>
    Save,

    /// <summary>Goes on only at a place of a kind.</summary>
    Check,

    /// <summary>The end.</summary>
    Done,
}
