using Kata.Configuration.Documents;

namespace Kata.Configuration;

/// <summary>A configuration, what to warn about, and the text it was made from.</summary>
public sealed record LoadedConfiguration
{
    internal LoadedConfiguration(KataConfiguration configuration, IReadOnlyList<ConfigurationWarning> warnings, ConfigurationDocument document)
    {
        Configuration = configuration;
        Warnings = warnings;
        Document = document;
    }

    /// <summary>The configuration.</summary>
    public KataConfiguration Configuration { get; }

    /// <summary>Unknown keys and keys without effect.</summary>
    public IReadOnlyList<ConfigurationWarning> Warnings { get; }

    /// <summary>What annotations are laid over.</summary>
    internal ConfigurationDocument Document { get; }

    /// <summary>Takes it apart.</summary>
    public void Deconstruct(out KataConfiguration configuration, out IReadOnlyList<ConfigurationWarning> warnings)
    {
        configuration = Configuration;
        warnings = Warnings;
    }
}
