namespace Kata.Rego.Syntax.Nodes;

/// <summary>The operators between two values.</summary>
internal enum Operator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
    Or,
}
