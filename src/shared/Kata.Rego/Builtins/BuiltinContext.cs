using Kata.Rego.Evaluation;
using Kata.Rego.Patterns;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>What functions of the language need of the evaluation that calls them.</summary>
internal sealed class BuiltinContext(Budget budget, PatternCache patterns)
{
    public Budget Budget => budget;

    /// <summary>A new text, charged.</summary>
    public RegoValue Text(string text)
    {
        budget.Text(text.Length);
        return new RegoString(text);
    }

    /// <summary>A new array, charged.</summary>
    public RegoValue Array(IReadOnlyList<RegoValue> items)
    {
        budget.Cells(1 + items.Count);
        return new RegoArray(items);
    }

    /// <summary>A new array of texts, charged.</summary>
    public RegoValue Texts(IEnumerable<string> texts) => Array([.. texts.Select(Text)]);

    /// <summary>A new set, charged with what sorting takes.</summary>
    public RegoValue Set(IReadOnlyCollection<RegoValue> items)
    {
        budget.Cells(1 + items.Count);
        budget.Steps(1 + (items.Sum(item => item.Weight) * 4));
        return RegoSet.Of(items);
    }

    /// <summary>A regular expression; null if it is none.</summary>
    public Pattern? Pattern(string text) => Known(new PatternKey(text, null), static pattern => (Patterns.Pattern.TryParse(pattern, out int size), size));

    /// <summary>A path pattern; null if it is none.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="delimiters">Characters that part texts.</param>
    public Pattern? Glob(string text, string delimiters) =>
        Known(new PatternKey(text, delimiters), pattern => (Patterns.Pattern.TryParseGlob(pattern, delimiters, out int size), size));

    private Pattern? Known(PatternKey key, Func<string, (Pattern? Pattern, int Size)> make)
    {
        budget.Steps(1 + (key.Text.Length / 16));
        if (patterns.TryGet(key, out Pattern? known))
        {
            return known;
        }

        budget.Text(key.Text.Length * 4L);
        (Pattern? pattern, int size) = make(key.Text);
        budget.Cells(size);
        patterns.Add(key, pattern, size);
        return pattern;
    }
}
