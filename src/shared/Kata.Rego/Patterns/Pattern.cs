using Kata.Rego.Evaluation;

namespace Kata.Rego.Patterns;

/// <summary>
/// A regular expression, matched by following all its ways at once: the time is at most the length of the text times the size of the pattern, whatever
/// both are.
/// </summary>
internal sealed class Pattern
{
    private readonly Instruction[] _instructions;
    private readonly int _start;
    private readonly int _saved;

    private Pattern(Instruction[] instructions, int start, int groups, IReadOnlyDictionary<string, int> names)
    {
        (_instructions, _start, Names) = (instructions, start, names);
        _saved = 2 * (groups + 1);
    }

    /// <summary>The groups that have names.</summary>
    public IReadOnlyDictionary<string, int> Names { get; }

    /// <summary>Parses a pattern; null if it is none.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="size">The number of its instructions and of the ranges of its classes, at least 1.</param>
    public static Pattern? TryParse(string text, out int size)
    {
        size = 1;
        try
        {
            var parser = new PatternParser(text);
            PatternNode node = parser.Parse();
            Instruction[] instructions = PatternCompiler.Compile(node, out int start);
            size = instructions.Length + parser.Ranges;
            return new Pattern(instructions, start, parser.Groups, parser.Names);
        }
        catch (FormatException)
        {
            // Not a pattern: for the language that is a value that is not there.
            return null;
        }
    }

    /// <summary>Parses a path pattern; null if it is none.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="delimiters">Characters that part texts.</param>
    /// <param name="size">The number of its instructions, at least 1.</param>
    public static Pattern? TryParseGlob(string text, string delimiters, out int size)
    {
        size = 1;
        try
        {
            Instruction[] instructions = PatternCompiler.Compile(new GlobParser(text, delimiters).Parse(), out int start);
            size = instructions.Length;
            return new Pattern(instructions, start, 0, new Dictionary<string, int>());
        }
        catch (FormatException)
        {
            return null; // as above
        }
    }

    /// <summary>The first match at or behind a place, preferring as the pattern says among those that begin there.</summary>
    /// <returns>Begin and end of the match and of each group, -1 for a group that took no part; null without a match.</returns>
    public int[]? Find(string text, int from, Budget budget)
    {
        budget.Steps(1 + (_instructions.Length / 4));
        var now = new Threads(_instructions.Length);
        var next = new Threads(_instructions.Length);
        int[]? match = null;
        int[] nothing = new int[_saved];
        Array.Fill(nothing, -1);
        for (int at = from; ;)
        {
            if (match is null)
            {
                Add(now, _start, nothing, text, at, budget);
            }

            budget.Steps(1 + now.Count);
            if (now.Count == 0 && match is not null)
            {
                return match;
            }

            int length = 1;
            int rune = at < text.Length ? Runes.At(text, at, out length) : -1;
            for (int i = 0; i < now.Count; i++)
            {
                (int place, int[] saved) = now[i];
                Instruction instruction = _instructions[place];
                if (instruction.Kind == InstructionKind.Done)
                {
                    match = saved;
                    break; // the ways after this one are less preferred
                }

                if (rune >= 0 && instruction.Class!.Has(rune))
                {
                    Add(next, instruction.First, saved, text, at + length, budget);
                }
            }

            if (rune < 0)
            {
                return match;
            }

            (now, next) = (next, now);
            next.Clear();
            at += length;
        }
    }

    // Follows all ways that take no character.
    private void Add(Threads threads, int start, int[] start0, string text, int at, Budget budget)
    {
        var ways = new Stack<(int Place, int[] Saved)>();
        ways.Push((start, start0));
        while (ways.TryPop(out (int Place, int[] Saved) way))
        {
            if (!threads.Visit(way.Place))
            {
                continue;
            }

            budget.Steps(1);
            Instruction instruction = _instructions[way.Place];
            switch (instruction.Kind)
            {
                case InstructionKind.Fork:
                    ways.Push((instruction.Second, way.Saved));
                    ways.Push((instruction.First, way.Saved));
                    break;
                case InstructionKind.Save:
                    int[] saved = [.. way.Saved];
                    budget.Steps(saved.Length / 4);
                    saved[instruction.Second] = at;
                    ways.Push((instruction.First, saved));
                    break;
                case InstructionKind.Check when IsAt((PlaceKind)instruction.Second, text, at):
                    ways.Push((instruction.First, way.Saved));
                    break;
                case InstructionKind.Take or InstructionKind.Done:
                    threads.Add(way.Place, way.Saved);
                    break;
                default:
                    break;
            }
        }
    }

    private static bool IsAt(PlaceKind kind, string text, int at) => kind switch
    {
        PlaceKind.TextStart => at == 0,
        PlaceKind.TextEnd => at == text.Length,
        PlaceKind.LineStart => at == 0 || text[at - 1] == '\n',
        PlaceKind.LineEnd => at == text.Length || text[at] == '\n',
        PlaceKind.WordEdge => IsWord(text, at - 1) != IsWord(text, at),
        _ => IsWord(text, at - 1) == IsWord(text, at),
    };

    private static bool IsWord(string text, int at) => at >= 0 && at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_');
}
