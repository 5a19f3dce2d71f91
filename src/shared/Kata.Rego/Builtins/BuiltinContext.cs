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
    public Pattern? Pattern(string text)
    {
        budget.Steps(1 + (text.Length / 16));
        if (patterns.TryGet(text, out Pattern? known))
        {
            return known;
        }

        budget.Text(text.Length * 4L);
        Pattern? pattern = Patterns.Pattern.TryParse(text, out int size);
        budget.Cells(size);
        patterns.Add(text, pattern, size);
        return pattern;
    }
}
