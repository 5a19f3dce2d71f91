namespace Kata.Configuration;

/// <summary>VMs made ready before they are needed: table <c>factory</c>.</summary>
public sealed record FactoryConfiguration
{
    /// <summary>Start VMs as clones of a template.</summary>
    public required bool EnableTemplate { get; init; }

    /// <summary>Directory of the template.</summary>
    public required string TemplatePath { get; init; }

    /// <summary>Number of booted VMs kept waiting.</summary>
    public required int CacheSize { get; init; }

    /// <summary>Socket of the VM cache server.</summary>
    public required string CacheEndpoint { get; init; }
}
