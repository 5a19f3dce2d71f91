using Kata.Primitives;
using Kata.Rego;
using Kata.Rego.Data;
using Kata.Rego.Values;

namespace Kata.Agent.Policy;

/// <summary>A policy with the state that its decisions build up. Not safe for concurrent use.</summary>
internal sealed class AgentPolicy
{
    private const string Package = "agent_policy";
    private const string StateName = "pstate";
    private const string FailuresRule = "AllowRequestsFailingPolicy";
    private const string ExtensionsRule = "RequestExtensions";
    private const long MaxState = 50_000;

    private readonly RegoPolicy _policy;
    private readonly TimeProvider _time;
    private RegoObject _data = RegoObject.Of([new KeyValuePair<string, RegoValue>(StateName, RegoObject.Empty)]);

    private AgentPolicy(RegoPolicy policy, TimeProvider time) => (_policy, _time) = (policy, time);

    /// <summary>Whether the policy is only tried out: what it refuses is served all the same.</summary>
    public bool AllowsFailures { get; private set; }

    /// <summary>Reads a policy.</summary>
    /// <exception cref="KataException">InvalidArgument: it is wrong. Unsupported: it uses what is not understood. Both name the line.</exception>
    public static AgentPolicy Parse(string text, TimeProvider time)
    {
        RegoPolicy policy = RegoPolicy.Parse(text, new RegoLimits());
        if (policy.Package != Package)
        {
            throw KataException.Invalid($"the policy is package '{Printable.Escape(policy.Package, 64)}': it must be '{Package}'");
        }

        var agent = new AgentPolicy(policy, time);
        agent.AllowsFailures = ReferenceEquals(agent.Evaluate(FailuresRule, RegoObject.Empty, CancellationToken.None).Value, RegoBoolean.True);
        return agent;
    }

    /// <summary>Decides on a request, and changes the state as an answer asks for.</summary>
    /// <param name="request">The name of the request's message, which is that of the rule.</param>
    /// <param name="input">The request.</param>
    /// <param name="extensions">What the request has beyond upstream's protocol, by path: more than the rule of the request can see.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public PolicyDecision Decide(string request, RegoValue input, RegoObject extensions, CancellationToken cancellationToken)
    {
        if (extensions.Keys.Count > 0 && RefuseExtensions(request, extensions, cancellationToken) is { } refused)
        {
            return refused;
        }

        RegoResult result = Evaluate(request, input, cancellationToken);
        string prints = string.Join(' ', result.Prints);
        return result switch
        {
            { Failure: { } failure } => Refused($"the policy cannot decide: {failure.Message}", prints),
            { Value: null } => Refused(_policy.Has(request) ? "the rule has no value" : "the policy has no rule for it", prints),
            { Value: RegoBoolean answer } => answer.Value ? new PolicyDecision(true, null) : Refused(null, prints),
            { Value: RegoObject answer } => Apply(answer, prints),
            _ => Refused("the rule is neither true or false nor an object", prints),
        };
    }

    // A policy that does not know these fields allows none of them: what it does not look at must not get past it.
    private PolicyDecision? RefuseExtensions(string request, RegoObject extensions, CancellationToken cancellationToken)
    {
        RegoObject input = RegoObject.Of([new KeyValuePair<string, RegoValue>("request", RegoValue.Of(request)), new("extensions", extensions)]);
        RegoResult result = Evaluate(ExtensionsRule, input, cancellationToken);
        if (ReferenceEquals(result.Value, RegoBoolean.True))
        {
            return null;
        }

        string fields = string.Join(", ", extensions.Keys.Select(key => ((RegoString)key).Value));
        string why = result.Failure is { } failure ? $"cannot decide: {failure.Message}" : _policy.Has(ExtensionsRule) ? "says no" : "is not there";
        return Refused($"the request sets {fields}, which upstream's protocol does not have, and the rule {ExtensionsRule} {why}", string.Join(' ', result.Prints));
    }

    private static PolicyDecision Refused(string? why, string prints) =>
        new(false, (why, prints.Length) switch
        {
            (null, 0) => "its rule says no",
            (null, _) => prints,
            (_, 0) => why,
            _ => $"{why}: {prints}",
        });

    private RegoResult Evaluate(string rule, RegoValue input, CancellationToken cancellationToken) =>
        _policy.Evaluate(rule, input, _data, _time, cancellationToken);

    private PolicyDecision Apply(RegoObject answer, string prints)
    {
        if (answer.Find("allowed") is not RegoBoolean allowed)
        {
            return Refused("the rule's object has no 'allowed' that is true or false", prints);
        }

        if (!allowed.Value || answer.Find("ops") is not { Kind: not RegoKind.Null } operations)
        {
            return allowed.Value ? new PolicyDecision(true, null) : Refused(null, prints);
        }

        try
        {
            _data = DocumentPatch.Apply(_data, operations, MaxState);
            return new PolicyDecision(true, null);
        }
        catch (KataException error)
        {
            return Refused($"the rule's operations do not fit the state: {error.Message}", prints);
        }
    }
}
