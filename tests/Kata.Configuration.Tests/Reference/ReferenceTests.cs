using Kata.Configuration.Keys;

namespace Kata.Configuration.Tests.Reference;

public sealed class ReferenceTests
{
    private const string TemplatePath = "config/configuration-qemu.toml.in";
    private const string PagePath = "docs/reference/configuration.md";

    // Set to rewrite the two files from the catalog.
    private const string RewriteVariable = "KATA_REWRITE_REFERENCE";

    [Fact]
    public void Template_CheckedIn_IsWhatTheCatalogSays() => AssertSame(TemplatePath, ReferenceText.Template());

    [Fact]
    public void Page_CheckedIn_IsWhatTheCatalogSays() => AssertSame(PagePath, ReferenceText.Page());

    [Fact]
    public void Template_Installed_LoadsWithoutWarnings()
    {
        string text = ReferenceText.Template().Replace("@PREFIX@", "/opt/kata", StringComparison.Ordinal);

        LoadedConfiguration loaded = ConfigurationLoader.Parse(text, "configuration-qemu.toml");

        Assert.Empty(loaded.Warnings);
        Assert.Equal(DefaultPaths.Kernel, loaded.Configuration.RequireQemu().Assets.Kernel);
    }

    [Fact]
    public void Template_EveryLineUncommented_StillLoads()
    {
        string text = string.Join('\n', ReferenceText.Template()
            .Replace("@PREFIX@", "/opt/kata", StringComparison.Ordinal)
            .Split('\n')
            .Select(line => line.StartsWith('#') && line.Length > 1 && char.IsAsciiLetter(line[1]) ? line[1..] : line));

        LoadedConfiguration loaded = ConfigurationLoader.Parse(text, "all.toml");

        Assert.Empty(loaded.Warnings);
    }

    [Fact]
    public void Template_NamesEveryKnownKey()
    {
        string template = ReferenceText.Template();

        IEnumerable<string> missing = KeyCatalog.Tables.SelectMany(table => table.Keys).Select(key => key.Name).Where(name => !template.Contains(name, StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    private static void AssertSame(string relative, string expected)
    {
        string path = Path.Combine(Root(), relative);
        if (Environment.GetEnvironmentVariable(RewriteVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, $"{relative} differs from the key catalog; run this suite with {RewriteVariable}=1 and commit the result");
    }

    private static string Root()
    {
        DirectoryInfo directory = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Kata.slnx")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("no Kata.slnx above the test");
        }

        return directory.FullName;
    }
}
