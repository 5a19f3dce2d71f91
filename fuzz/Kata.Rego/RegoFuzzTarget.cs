using System.Text;
using Kata.Primitives;
using Kata.Rego.Data;
using Kata.Rego.Values;

namespace Kata.Rego.Fuzz;

/// <summary>
/// Reads bytes as a policy and evaluates each of a few rules with an input: whatever they are, the outcome is a value, no value or an explained error,
/// within the limits.
/// </summary>
public static class RegoFuzzTarget
{
    private static readonly string[] Rules = ["p", "CreateContainerRequest", "SetPolicyRequest"];

    private static readonly RegoLimits Limits = new() { MaxSteps = 100_000, MaxCells = 50_000, MaxTime = TimeSpan.FromSeconds(5) };

    private static readonly RegoValue Input = RegoPolicy.Parse(
        """
        package i
        v := {"container_id": "c1", "OCI": {"Process": {"Args": ["sh", "-c", "true"], "Env": ["A=b"]}, "Mounts": [{"source": "/a/../b", "options": ["ro"]}]}, "n": [0, 1, 2]}
        """,
        new RegoLimits()).Evaluate("v", RegoValue.Null, RegoObject.Empty, TimeProvider.System, CancellationToken.None).Value!;

    private static readonly RegoObject Data = RegoObject.Of([new KeyValuePair<string, RegoValue>("pstate", RegoObject.Empty)]);

    /// <summary>Runs one input.</summary>
    public static void Run(ReadOnlySpan<byte> bytes)
    {
        RegoPolicy policy;
        try
        {
            policy = RegoPolicy.Parse(Encoding.UTF8.GetString(bytes), Limits);
        }
        catch (KataException error) when (error.Code is ErrorCode.InvalidArgument or ErrorCode.Unsupported)
        {
            Check(error.Message.StartsWith("policy", StringComparison.Ordinal), "an error without its place");
            return;
        }

        foreach (string rule in Rules)
        {
            RegoResult result = Evaluate(policy, rule);
            Check(result.Prints.Sum(line => line.Length) <= Limits.MaxPrinted + 2048, "too much printed");
            Check(result.Failure is null || result.Value is null, "a failure with a value");
            if (result.Value is { } value)
            {
                Check(value.ToString().Length <= 4097, "a text that is too long");
                Check(value.Equals(value), "a value that is not itself");
                Patch(value);
            }
        }
    }

    /// <summary>What a rule comes to with the target's input.</summary>
    public static RegoResult Evaluate(RegoPolicy policy, string rule)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.Evaluate(rule, Input, Data, TimeProvider.System, CancellationToken.None);
    }

    private static void Patch(RegoValue operations)
    {
        try
        {
            DocumentPatch.Apply(Data, operations, 10_000);
        }
        catch (KataException error) when (error.Code is ErrorCode.InvalidArgument or ErrorCode.ResourceExhausted or ErrorCode.FailedPrecondition)
        {
            return; // Not operations, or ones that do not fit.
        }
    }

    private static void Check(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
