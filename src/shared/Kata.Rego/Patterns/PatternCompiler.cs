namespace Kata.Rego.Patterns;

/// <summary>Makes instructions of a parsed pattern, the last part first, so that each knows where to go on.</summary>
internal sealed class PatternCompiler
{
    private const int MaxInstructions = 10_000;

    private readonly List<Instruction> _instructions = [];
    private int _parts;

    /// <summary>Compiles a pattern.</summary>
    /// <param name="node">The pattern.</param>
    /// <param name="start">The first instruction.</param>
    /// <exception cref="FormatException">It comes to too many instructions.</exception>
    public static Instruction[] Compile(PatternNode node, out int start)
    {
        var compiler = new PatternCompiler();
        int done = compiler.Add(new Instruction(InstructionKind.Done, 0, 0, null));
        int end = compiler.Add(new Instruction(InstructionKind.Save, done, 1, null));
        start = compiler.Add(new Instruction(InstructionKind.Save, compiler.Emit(node, end), 0, null));
        return [.. compiler._instructions];
    }

    private int Add(Instruction instruction)
    {
        _instructions.Add(instruction);
        return _instructions.Count <= MaxInstructions ? _instructions.Count - 1 : throw new FormatException("a pattern that is too large");
    }

    private int Emit(PatternNode node, int next)
    {
        // Parts that match nothing come to no instructions, and can be repeated all the same.
        if (++_parts > 2 * MaxInstructions)
        {
            throw new FormatException("a pattern that is too large");
        }

        switch (node)
        {
            case PatternNode.One one:
                return Add(new Instruction(InstructionKind.Take, next, 0, one.Class));
            case PatternNode.Place place:
                return Add(new Instruction(InstructionKind.Check, next, (int)place.Kind, null));
            case PatternNode.Sequence sequence:
                for (int i = sequence.Parts.Count - 1; i >= 0; i--)
                {
                    next = Emit(sequence.Parts[i], next);
                }

                return next;
            case PatternNode.Choice choice:
                int other = Emit(choice.Parts[^1], next);
                for (int i = choice.Parts.Count - 2; i >= 0; i--)
                {
                    other = Add(new Instruction(InstructionKind.Fork, Emit(choice.Parts[i], next), other, null));
                }

                return other;
            case PatternNode.Group group:
                int end = Add(new Instruction(InstructionKind.Save, next, (2 * group.Number) + 1, null));
                return Add(new Instruction(InstructionKind.Save, Emit(group.Part, end), 2 * group.Number, null));
            default:
                return Repeat((PatternNode.Repeat)node, next);
        }
    }

    private int Repeat(PatternNode.Repeat repeat, int next)
    {
        int at = next;
        if (repeat.Most is not { } most)
        {
            // The fork comes before its part is known, and is completed afterwards.
            at = Add(default);
            int part = Emit(repeat.Part, at);
            _instructions[at] = Fork(repeat.Greedy, part, next);
        }
        else
        {
            for (int i = repeat.Least; i < most; i++)
            {
                at = Add(Fork(repeat.Greedy, Emit(repeat.Part, at), next));
            }
        }

        for (int i = 0; i < repeat.Least; i++)
        {
            at = Emit(repeat.Part, at);
        }

        return at;
    }

    private static Instruction Fork(bool greedy, int part, int next) => new(InstructionKind.Fork, greedy ? part : next, greedy ? next : part, null);
}
