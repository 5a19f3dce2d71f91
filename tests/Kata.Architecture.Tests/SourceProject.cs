using System.Xml.Linq;

namespace Kata.Architecture.Tests;

/// <summary>One project of the product.</summary>
internal sealed class SourceProject
{
    private readonly XDocument _document;

    internal SourceProject(string path)
    {
        _document = XDocument.Load(path);
        RelativePath = Repository.Relative(path);
        Name = Path.GetFileNameWithoutExtension(path);
        RelativeDirectory = Path.GetDirectoryName(RelativePath)!;
        References = [.. _document.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))];
        IsExecutable = _document.Descendants("OutputType").Any(type => type.Value == "Exe")
            || _document.Descendants("Import").Any(import => import.Attribute("Project")?.Value.EndsWith("Aot.props", StringComparison.Ordinal) == true);
        AllowsUnsafe = _document.Descendants("AllowUnsafeBlocks").Any(value => value.Value == "true");
        Sources = [.. Repository.Files(RelativeDirectory, "*.cs").Select(file => new SourceFile(this, file))];
    }

    internal string Name { get; }

    internal string RelativePath { get; }

    internal string RelativeDirectory { get; }

    /// <summary>host, guest, shared or tools.</summary>
    internal string Side => RelativeDirectory.StartsWith("tools", StringComparison.Ordinal) ? "tools" : RelativeDirectory.Split('/')[1];

    internal IReadOnlyList<string> References { get; }

    internal bool IsExecutable { get; }

    internal bool AllowsUnsafe { get; }

    internal IReadOnlyList<SourceFile> Sources { get; }

    public override string ToString() => Name;
}
