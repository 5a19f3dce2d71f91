namespace Kata.Oci.Runtime;

/// <summary>Programs to run at points of a container's life, each group in order.</summary>
public sealed record Hooks
{
    /// <summary>Before the user's program; outdated but still in use.</summary>
    public IReadOnlyList<Hook> Prestart { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>When the environment exists, in the runtime's namespaces.</summary>
    public IReadOnlyList<Hook> CreateRuntime { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>When the environment exists, in the container's namespaces.</summary>
    public IReadOnlyList<Hook> CreateContainer { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Right before the user's program, in the container.</summary>
    public IReadOnlyList<Hook> StartContainer { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>After the user's program was started.</summary>
    public IReadOnlyList<Hook> Poststart { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>After the container was deleted.</summary>
    public IReadOnlyList<Hook> Poststop { get; init => field = JsonCollections.Checked(value); } = [];
}
