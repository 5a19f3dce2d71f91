namespace Kata.Oci.Runtime;

/// <summary>Collects what is wrong with a document, up to a number a person can read.</summary>
internal sealed class SpecProblems
{
    private const int MaxProblems = 20;

    private readonly List<string> _found = [];

    public IReadOnlyList<string> Found => _found;

    public void Add(string path, string problem)
    {
        if (_found.Count < MaxProblems)
        {
            _found.Add($"{path}: {problem}");
        }
    }

    public void CheckCount(string path, int count, int most)
    {
        if (count > most)
        {
            Add(path, $"{count} entries, the most is {most}");
        }
    }

    /// <summary>The kernel would take a text with a NUL for a shorter one: what was checked would not be what is used.</summary>
    public void CheckText(string path, string? text)
    {
        if (text?.Contains('\0', StringComparison.Ordinal) == true)
        {
            Add(path, "contains a NUL character");
        }
    }

    public void CheckTexts(string path, IReadOnlyList<string> texts)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            CheckText($"{path}[{i}]", texts[i]);
        }
    }
}
