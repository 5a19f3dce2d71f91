using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Kata.Architecture.Tests;

/// <summary>The kernel is called from one room.</summary>
public sealed class InteropTests
{
    private static readonly string[] Rooms = ["Kata.Linux", "Kata.VhostUser"];

    private static IEnumerable<SourceFile> Outside => Repository.Sources.Where(file => !Rooms.Contains(file.Project.Name));

    [Fact]
    public void PlatformInvoke_OutsideItsRooms_IsNone() =>
        Repository.AssertNone(
            from file in Outside
            from attribute in file.Nodes<AttributeSyntax>()
            where attribute.Name.ToString().Split('.')[^1] is "LibraryImport" or "LibraryImportAttribute" or "DllImport" or "DllImportAttribute" or "UnmanagedCallersOnly"
            select file.At(attribute),
            $"only {string.Join(" and ", Rooms)} call native functions:");

    [Fact]
    public void Unsafe_OutsideItsRooms_IsNone() =>
        Repository.AssertNone(
            (from file in Outside
             from token in file.Syntax.DescendantTokens()
             where token.IsKind(SyntaxKind.UnsafeKeyword)
             select file.At(token.Parent!))
            .Concat(Repository.Projects.Where(project => project.AllowsUnsafe && !Rooms.Contains(project.Name)).Select(project => project.RelativePath)),
            $"only {string.Join(" and ", Rooms)} use unsafe code:");

    [Fact]
    public void Protocols_Sources_AreAllGenerated() =>
        Repository.AssertNone(
            Repository.Sources.Where(file => file.Project.Name == "Kata.Protocols").Select(file => file.RelativePath),
            "Kata.Protocols has .proto files only:");
}
