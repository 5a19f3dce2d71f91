namespace Kata.Rego.Patterns;

/// <summary>Places that a pattern can ask for.</summary>
internal enum PlaceKind
{
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordEdge,
    NoWordEdge,
}
