using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Kata.Architecture.Tests;

/// <summary>One C# file of the product.</summary>
internal sealed class SourceFile
{
    private readonly Lazy<CompilationUnitSyntax> _syntax;

    internal SourceFile(SourceProject project, string path)
    {
        Project = project;
        RelativePath = Repository.Relative(path);
        Name = Path.GetFileNameWithoutExtension(path);
        Text = File.ReadAllText(path);
        LineCount = File.ReadLines(path).Count();
        _syntax = new(() => CSharpSyntaxTree.ParseText(Text, Repository.ParseOptions).GetCompilationUnitRoot());
    }

    internal SourceProject Project { get; }

    internal string RelativePath { get; }

    internal string Name { get; }

    internal string Text { get; }

    internal int LineCount { get; }

    internal CompilationUnitSyntax Syntax => _syntax.Value;

    /// <summary>The namespace that the file's folder asks for.</summary>
    internal string ExpectedNamespace
    {
        get
        {
            string folder = Path.GetDirectoryName(Path.GetRelativePath(Project.RelativeDirectory, RelativePath))!;
            return folder.Length == 0 ? Project.Name : $"{Project.Name}.{folder.Replace('/', '.')}";
        }
    }

    internal IEnumerable<T> Nodes<T>() => Syntax.DescendantNodes().OfType<T>();

    internal IEnumerable<MemberDeclarationSyntax> TopLevelTypes => Syntax.DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
        .OfType<MemberDeclarationSyntax>()
        .Where(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax);

    /// <summary>Where a node is, for messages.</summary>
    internal string At(SyntaxNode node) => $"{RelativePath}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
