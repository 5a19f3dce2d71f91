using Kata.Primitives;
using Kata.Rego.Compilation;
using Kata.Rego.Evaluation;
using Kata.Rego.Syntax;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego;

/// <summary>
/// A policy, ready to be evaluated any number of times, also concurrently. Everything about it is checked when it is parsed: what is beyond this engine
/// is refused then, not when a request comes.
/// </summary>
public sealed class RegoPolicy
{
    private readonly ModuleNames _names;
    private readonly RegoLimits _limits;

    private RegoPolicy(ModuleNames names, RegoLimits limits) => (_names, _limits) = (names, limits);

    /// <summary>The package, with dots: <c>agent_policy</c>.</summary>
    public string Package => string.Join('.', _names.Package);

    /// <summary>Reads a policy.</summary>
    /// <param name="text">The text, one package of Rego.</param>
    /// <param name="limits">What it and its evaluations may use.</param>
    /// <exception cref="KataException">
    /// InvalidArgument: it is wrong. Unsupported: it uses more of the language than is understood here. Both name the line and the construct.
    /// </exception>
    public static RegoPolicy Parse(string text, RegoLimits limits)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(limits);
        try
        {
            return new RegoPolicy(RuleCompiler.Compile(ModuleParser.Parse(text, limits)), limits);
        }
        catch (RegoException error)
        {
            throw KataException.Invalid($"policy: {error.Message}", error);
        }
    }

    /// <summary>Whether there is a rule without arguments of this name.</summary>
    public bool Has(string rule) => _names.Rule(rule) is { } number && _names.Rules[number].Kind != RuleKind.Function;

    /// <summary>Evaluates one rule.</summary>
    /// <param name="rule">Its name.</param>
    /// <param name="input">The document <c>input</c>.</param>
    /// <param name="data">What is below <c>data</c> beside the policy.</param>
    /// <param name="time">The clock of <see cref="RegoLimits.MaxTime"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The value, which is none for a rule that is not there, and what was printed.</returns>
    public RegoResult Evaluate(string rule, RegoValue input, RegoObject data, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(time);
        var prints = new PrintLog(_limits.MaxPrinted);
        if (!Has(rule))
        {
            return new RegoResult { Prints = [] };
        }

        var evaluator = new Evaluator(_names.Rules, _names.Patterns, input, data, new Budget(_limits, time, cancellationToken), prints);
        try
        {
            return new RegoResult { Value = evaluator.Value(_names.Rule(rule)!.Value), Prints = prints.Lines };
        }
        catch (RegoException error)
        {
            return new RegoResult { Failure = error, Prints = prints.Lines };
        }
    }
}
