using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Kata.Architecture.Tests;

/// <summary>Things are found where their name says.</summary>
public sealed partial class NamingTests
{
    [Fact]
    public void Files_Each_HasOneTopLevelTypeOfItsName() =>
        Repository.AssertNone(
            from file in Repository.Sources
            let names = file.TopLevelTypes.Select(NameOf).Distinct().ToList()
            where names.Count > 1 || (names.Count == 1 && file.Name.Split('.')[0] != names[0])
            select $"{file.RelativePath}: {string.Join(", ", names)}",
            "a file has one top-level type, and its name:");

    [Fact]
    public void Namespaces_All_AreTheFolder() =>
        Repository.AssertNone(
            from file in Repository.Sources
            from declared in file.Nodes<BaseNamespaceDeclarationSyntax>()
            where declared.Name.ToString() != file.ExpectedNamespace
            select $"{file.At(declared)}: {declared.Name}, not {file.ExpectedNamespace}",
            "folder = namespace:");

    [Fact]
    public void Names_ThatSayNothing_AreNotUsed() =>
        Repository.AssertNone(
            (from file in Repository.Sources
             from type in file.TopLevelTypes
             where Empty().IsMatch(NameOf(type))
             select $"{file.At(type)}: {NameOf(type)}")
            .Concat(Repository.Sources.Select(file => Path.GetDirectoryName(file.RelativePath)!).Distinct().Where(folder => folder.Split('/', '.').Any(part => Empty().IsMatch(part)))),
            "name a thing after what it does:");

    [Fact]
    public void Types_Concrete_AreSealedOrStatic() =>
        Repository.AssertNone(
            from file in Repository.Sources
            from type in file.Nodes<TypeDeclarationSyntax>()
            where type is ClassDeclarationSyntax or RecordDeclarationSyntax { ClassOrStructKeyword.Text: not "struct" }
            where !type.Modifiers.Any(modifier => modifier.Text is "sealed" or "static" or "abstract")
            where !IsMeantAsBase(file, type.Identifier.Text)
            where !type.Modifiers.Any(modifier => modifier.Text == "partial") || !IsSealedElsewhere(file, type.Identifier.Text)
            select $"{file.At(type)}: {type.Identifier.Text}",
            "a class is sealed unless something derives from it:");

    private static bool IsMeantAsBase(SourceFile file, string name) => Repository.Sources
        .Where(other => other.Project == file.Project || other.Project.Side == file.Project.Side || file.Project.Side == "shared")
        .SelectMany(other => other.Nodes<TypeDeclarationSyntax>())
        .Any(type => type.BaseList?.Types.Any(baseType => baseType.Type.ToString().Split('.')[^1].Split('<')[0] == name) == true);

    private static bool IsSealedElsewhere(SourceFile file, string name) => file.Project.Sources
        .SelectMany(other => other.Nodes<TypeDeclarationSyntax>())
        .Any(type => type.Identifier.Text == name && type.Modifiers.Any(modifier => modifier.Text is "sealed" or "static"));

    private static string NameOf(MemberDeclarationSyntax type) => type switch
    {
        BaseTypeDeclarationSyntax declaration => declaration.Identifier.Text,
        DelegateDeclarationSyntax declaration => declaration.Identifier.Text,
        _ => string.Empty,
    };

    [GeneratedRegex("Utils?$|Utilities$|Helpers?$|Common$|Managers?$|Misc$")]
    private static partial Regex Empty();
}
