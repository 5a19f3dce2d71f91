using System.Reflection;

namespace Kata.Cli;

/// <summary>What <c>kata-runtime version</c> prints; tools parse it, so the form is upstream's.</summary>
internal static class VersionText
{
    private const string OciVersion = "1.2.0";

    /// <summary>Three lines: version, commit, version of the OCI specification.</summary>
    public static string Full
    {
        get
        {
            string informational = typeof(VersionText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            int plus = informational.IndexOf('+', StringComparison.Ordinal);
            string version = plus < 0 ? informational : informational[..plus];
            string commit = plus < 0 ? "unknown" : informational[(plus + 1)..];
            return $"kata-runtime  : {version}\n   commit   : {commit}\n   OCI specs: {OciVersion}\n";
        }
    }
}
