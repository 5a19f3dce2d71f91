namespace Kata.Linux.Terminals;

/// <summary>The size of a terminal in characters; zeros mean that it is not known.</summary>
/// <param name="Rows">Lines.</param>
/// <param name="Columns">Characters per line.</param>
public readonly record struct TerminalSize(ushort Rows, ushort Columns);
