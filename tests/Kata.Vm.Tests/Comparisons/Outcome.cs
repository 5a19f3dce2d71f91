namespace Kata.Vm.Tests.Comparisons;

/// <summary>What came of a case: refused, or what its processes printed and how they ended.</summary>
/// <param name="Refused">Why the container could not be made or started; null if it ran. Words differ between runtimes and are not compared.</param>
/// <param name="Text">Exit codes and output, in the order of the case.</param>
public sealed record Outcome(string? Refused, string Text)
{
    /// <summary>What is compared.</summary>
    public string Compared => Refused is null ? Text : "refused";

    /// <summary>One process's part of the text.</summary>
    public static string Part(string what, int code, string output, string error) => $"{what} exit {code}\n{output}{(error.Length > 0 ? $"stderr: {error}" : string.Empty)}";

    public override string ToString() => Refused is null ? Text : $"refused: {Refused.Trim()}\n";
}
