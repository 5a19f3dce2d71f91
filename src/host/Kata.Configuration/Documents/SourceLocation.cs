namespace Kata.Configuration.Documents;

/// <summary>A place in a configuration file.</summary>
/// <param name="File">Path of the file, or the name of another source such as an annotation.</param>
/// <param name="Line">Line, from 1; 0 when the source has no lines.</param>
/// <param name="Column">Column, from 1.</param>
public readonly record struct SourceLocation(string File, int Line, int Column)
{
    /// <summary>The place as compilers write it: <c>file:line:column</c>.</summary>
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}
