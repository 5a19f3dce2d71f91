using Kata.Rego.Syntax.Nodes;

namespace Kata.Rego.Compilation;

/// <summary>Makes rules out of what a policy says.</summary>
internal static class RuleCompiler
{
    /// <summary>Compiles all rules.</summary>
    /// <exception cref="Primitives.KataException">InvalidArgument or Unsupported, with the place.</exception>
    public static ModuleNames Compile(Module module)
    {
        var names = new ModuleNames(module);
        var uses = new HashSet<int>[names.Rules.Count];
        for (int i = 0; i < uses.Length; i++)
        {
            uses[i] = [];
        }

        foreach (RuleDefinition definition in module.Rules)
        {
            int rule = names.Rule(definition.Name)!.Value;
            if (!definition.IsDefault)
            {
                names.Rules[rule].Definitions.Add(Compile(definition, names, uses[rule]));
            }
        }

        names.Rules.ForEach(rule => rule.Complete());
        RefuseCycles(names, uses);
        return names;
    }

    private static CompiledRule Compile(RuleDefinition definition, ModuleNames names, HashSet<int> uses)
    {
        var resolver = new Resolver(names);
        var planner = new Planner(resolver);
        var parameters = new Scope(null);
        foreach (Expression parameter in definition.Parameters)
        {
            resolver.DeclarePattern(parameter, parameters);
        }

        var scope = new Scope(parameters);
        Expression[] heads = definition.Key is null ? [definition.Value] : [definition.Key, definition.Value];
        resolver.DeclareBody(definition.Body, heads, scope);
        var bound = new BoundVariables();
        var nothing = new List<Statement>();
        IReadOnlyList<Expression> patterns = NodeTree.All(
            definition.Parameters, parameter => planner.Pattern(resolver.Resolve(parameter, parameters), bound, nothing));
        if (nothing.Count > 0)
        {
            throw definition.At.NotUnderstood("a parameter that visits members");
        }

        List<Statement> body = planner.Body([.. definition.Body.Select(statement => resolver.Resolve(statement, scope))], bound);
        Expression? key = definition.Key is null ? null : planner.Tail(resolver.Resolve(definition.Key, scope), bound, body);
        Expression value = planner.Tail(resolver.Resolve(definition.Value, scope), bound, body);
        uses.UnionWith(resolver.Uses);
        return new CompiledRule
        {
            At = definition.At,
            Parameters = patterns,
            Body = body,
            Key = key,
            Value = value,
            Slots = resolver.Slots,
            Else = definition.Else is null ? null : Compile(definition.Else, names, uses),
        };
    }

    // Rules that need themselves have no value. Depth first with a stack of its own, because chains of rules can be long.
    private static void RefuseCycles(ModuleNames names, HashSet<int>[] uses)
    {
        var state = new byte[uses.Length]; // 0 new, 1 on the way, 2 done
        for (int start = 0; start < uses.Length; start++)
        {
            var way = new Stack<(int Rule, IEnumerator<int> Uses)>();
            Enter(start);
            while (way.TryPeek(out (int Rule, IEnumerator<int> Uses) top))
            {
                if (top.Uses.MoveNext())
                {
                    Enter(top.Uses.Current);
                }
                else
                {
                    state[top.Rule] = 2;
                    way.Pop();
                }
            }

            void Enter(int rule)
            {
                if (state[rule] == 1)
                {
                    throw names.Rules[rule].At.Wrong($"'{names.Rules[rule].Name}' depends on itself");
                }

                if (state[rule] == 0)
                {
                    state[rule] = 1;
                    way.Push((rule, uses[rule].GetEnumerator()));
                }
            }
        }
    }
}
