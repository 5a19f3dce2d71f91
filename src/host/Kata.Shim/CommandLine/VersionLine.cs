using System.Reflection;

namespace Kata.Shim.CommandLine;

/// <summary>What <c>-version</c> prints.</summary>
internal static class VersionLine
{
    private const string RuntimeName = "io.containerd.kata.v2";

    /// <summary>Project, runtime id, version and commit on one line.</summary>
    public static string Text
    {
        get
        {
            string version = typeof(VersionLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            string[] parts = version.Split('+', 2);
            return $"Kata Containers containerd shim: id: \"{RuntimeName}\", version: {parts[0]}, commit: {(parts.Length > 1 ? parts[1] : "unknown")}\n";
        }
    }
}
