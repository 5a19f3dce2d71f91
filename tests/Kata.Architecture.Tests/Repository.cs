using Microsoft.CodeAnalysis.CSharp;

namespace Kata.Architecture.Tests;

/// <summary>The source tree as these tests see it.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<SourceProject>> AllProjects = new(() =>
        [.. Files("src", "*.csproj").Concat(Files("tools", "*.csproj")).Select(path => new SourceProject(path))]);

    private static readonly Lazy<IReadOnlyList<SourceFile>> AllSources = new(() => [.. Projects.SelectMany(project => project.Sources)]);

    /// <summary>The root of the source tree.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>The projects of the product.</summary>
    internal static IReadOnlyList<SourceProject> Projects => AllProjects.Value;

    /// <summary>The C# files of the product.</summary>
    internal static IReadOnlyList<SourceFile> Sources => AllSources.Value;

    /// <summary>Fails with one line per violation.</summary>
    internal static void AssertNone(IEnumerable<string> violations, string rule)
    {
        List<string> list = [.. violations];
        Assert.True(list.Count == 0, $"{rule}\n  {string.Join("\n  ", list)}");
    }

    /// <summary>Files below a directory, without what builds leave behind.</summary>
    internal static IEnumerable<string> Files(string directory, string pattern)
    {
        string path = Path.Combine(Root, directory);
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories)
                .Where(file => !Relative(file).Split('/').Any(part => part is "bin" or "obj" or "out"))
                .Order(StringComparer.Ordinal)
            : [];
    }

    internal static string Relative(string path) => Path.GetRelativePath(Root, path);

    internal static CSharpParseOptions ParseOptions { get; } = new(LanguageVersion.Preview);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Kata.slnx")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no Kata.slnx above {AppContext.BaseDirectory}");
    }
}
