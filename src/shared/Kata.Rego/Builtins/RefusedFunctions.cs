namespace Kata.Rego.Builtins;

/// <summary>Why functions that the language has are not here.</summary>
internal static class RefusedFunctions
{
    private static readonly (string Prefix, string Why)[] Reasons =
    [
        ("http.", "it reaches out of the guest"),
        ("net.lookup_ip_addr", "it reaches out of the guest"),
        ("providers.", "it reaches out of the guest"),
        ("time.", "the guest's clock is the host's to set"),
        ("rand.", "a decision must not depend on chance"),
        ("uuid.", "a decision must not depend on chance"),
        ("opa.", "it asks about a server that is not there"),
        ("trace", "'print' is there for that"),
        ("io.jwt.", "the agent carries no cryptography for it"),
        ("crypto.", "the agent carries no cryptography for it"),
        ("yaml.", "requests hold no YAML"),
        ("graphql.", "requests hold no GraphQL"),
    ];

    /// <summary>The reason, in parentheses; empty for a function without one of its own.</summary>
    public static string Why(string name)
    {
        foreach ((string prefix, string why) in Reasons)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return $" ({why})";
            }
        }

        return string.Empty;
    }
}
