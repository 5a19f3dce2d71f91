using Kata.Configuration.Documents;

namespace Kata.Configuration;

/// <summary>Something in the configuration that has no effect and probably was meant to have one.</summary>
/// <param name="Key">The table and key, such as <c>hypervisor.qemu.kernl</c>, or only the table.</param>
/// <param name="Location">Where it is.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record ConfigurationWarning(string Key, SourceLocation Location, string Message)
{
    /// <summary>Place and message on one line.</summary>
    public override string ToString() => $"{Location}: {Message}";
}
