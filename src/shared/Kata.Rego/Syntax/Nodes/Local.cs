namespace Kata.Rego.Syntax.Nodes;

/// <summary>An occurrence of a variable.</summary>
/// <param name="At">Where it is.</param>
/// <param name="Slot">Its place in the frame.</param>
/// <param name="Text">Its name, for messages.</param>
/// <param name="Binds">Whether the variable has no value before and gets one here.</param>
internal sealed record Local(Position At, int Slot, string Text, bool Binds) : Expression(At);
