using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Kata.Architecture.Tests;

/// <summary>Keeps files and functions short enough to be read in one go.</summary>
public sealed class SizeTests
{
    private const int MaxFileLines = 500;
    private const int MaxMedianFileLines = 120;
    private const int MaxFunctionLines = 60;

    [Fact]
    public void Files_Each_HasAtMost500Lines() =>
        Repository.AssertNone(
            Repository.Sources.Where(file => file.LineCount > MaxFileLines).Select(file => $"{file.RelativePath}: {file.LineCount}"),
            $"a source file has at most {MaxFileLines} lines:");

    [Fact]
    public void Files_Median_HasAtMost120Lines()
    {
        List<int> lines = [.. Repository.Sources.Select(file => file.LineCount).Order()];

        Assert.InRange(lines[lines.Count / 2], 1, MaxMedianFileLines);
    }

    [Fact]
    public void Functions_Each_HasAtMost60Lines() =>
        Repository.AssertNone(
            from file in Repository.Sources
            from node in file.Nodes<SyntaxNode>()
            where node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
            let span = node.GetLocation().GetLineSpan()
            let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
            where lines > MaxFunctionLines
            select $"{file.At(node)}: {lines} lines",
            $"a function has at most {MaxFunctionLines} lines:");
}
