using Kata.Primitives;

namespace Kata.Runtime.Sandboxes;

/// <summary>Every place on the host that belongs to one sandbox, and the places in the guest that mirror them.</summary>
public sealed record SandboxPaths
{
    /// <summary>Where the guest mounts the shared directory.</summary>
    public const string GuestShared = "/run/kata-containers/shared/containers/";

    /// <summary>The pod's <c>/dev/shm</c> in the guest.</summary>
    public const string GuestShm = "/run/kata-containers/sandbox/shm";

    /// <summary>The mount tag of the shared directory.</summary>
    public const string ShareTag = "kataShared";

    private const string StateRoot = "vc/sbs";

    /// <summary>Derives the paths of a sandbox.</summary>
    /// <param name="id">The sandbox; a valid id, as it becomes part of paths.</param>
    /// <param name="runRoot">The directory of run-time state; tests use another than <c>/run</c>.</param>
    /// <exception cref="KataException">InvalidArgument: not an id.</exception>
    public SandboxPaths(string id, string runRoot = "/run")
    {
        Id = Identifiers.Require(id, "sandbox id");
        RunRoot = runRoot;
    }

    /// <summary>The sandbox.</summary>
    public string Id { get; }

    /// <summary>The directory of run-time state.</summary>
    public string RunRoot { get; }

    /// <summary>Persisted state.</summary>
    public string State => Path.Combine(RunRoot, StateRoot, Id);

    /// <summary>Sockets and logs of the VMM.</summary>
    public string Machine => Path.Combine(RunRoot, "vc/vm", Id);

    /// <summary>The root of what is shared with the guest.</summary>
    public string Share => Path.Combine(RunRoot, "kata-containers/shared/sandboxes", Id);

    /// <summary>Where the host mounts things for the guest.</summary>
    public string Mounts => Path.Combine(Share, "mounts");

    /// <summary>The same directory as the guest sees it: read-only itself, with the mounts below showing through.</summary>
    public string Shared => Path.Combine(Share, "shared");
}
