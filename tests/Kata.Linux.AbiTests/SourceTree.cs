namespace Kata.Linux.AbiTests;

/// <summary>The source files of the library under test.</summary>
internal static class SourceTree
{
    internal static string Library { get; } = Path.Combine(Root(), "src", "shared", "Kata.Linux");

    internal static IEnumerable<string> Files => Directory.EnumerateFiles(Library, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string Root()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Kata.slnx")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new DirectoryNotFoundException("the repository is not above the tests");
    }
}
