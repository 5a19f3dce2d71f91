using System.Security.Cryptography;
using Kata.AgentCtl.Specs;
using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.AgentCtl.Sessions;

/// <summary>What later commands take over from earlier ones: ids, and the description of the container.</summary>
internal sealed class Session
{
    private readonly string? _bundle;
    private string? _containerId;
    private string? _sandboxId;
    private string? _execId;

    /// <summary>Starts with nothing known.</summary>
    /// <param name="bundle">The bundle directory; null for none.</param>
    /// <param name="autoValues">Whether fields that were not given get values.</param>
    public Session(string? bundle = null, bool autoValues = true)
    {
        _bundle = bundle;
        AutoValues = autoValues;
    }

    /// <summary>Whether fields that were not given get values.</summary>
    public bool AutoValues { get; }

    /// <summary>The container of the session; made up when it is first asked for.</summary>
    public string ContainerId => _containerId ??= NewId();

    /// <summary>The sandbox of the session; made up when it is first asked for.</summary>
    public string SandboxId => _sandboxId ??= NewId();

    /// <summary>The process of the session: the one last named, else the container's first, which has the container's id.</summary>
    public string ExecId => _execId ?? ContainerId;

    /// <summary>The <c>config.json</c> last named with <c>spec=</c>; null for the bundle's.</summary>
    public string? SpecPath { get; set; }

    /// <summary>Ids that commands have used, for completion.</summary>
    public ISet<string> KnownIds { get; } = new SortedSet<string>(StringComparer.Ordinal);

    /// <summary>A new id: 64 random hexadecimal digits.</summary>
    public static string NewId() => RandomNumberGenerator.GetHexString(64, lowercase: true);

    /// <summary>Takes note of the container that a command was about.</summary>
    public void UseContainer(string id)
    {
        if (id.Length > 0 && id != _containerId)
        {
            _containerId = id;
            _execId = null;
        }

        Remember(id);
    }

    /// <summary>Takes note of the sandbox that a command was about.</summary>
    public void UseSandbox(string id)
    {
        if (id.Length > 0)
        {
            _sandboxId = id;
        }

        Remember(id);
    }

    /// <summary>Takes note of the process that a command was about.</summary>
    public void UseProcess(string id)
    {
        if (id.Length > 0)
        {
            _execId = id;
        }

        Remember(id);
    }

    /// <summary>The container's description.</summary>
    /// <param name="path">The <c>config.json</c>; null for the one named before, else the bundle's.</param>
    /// <exception cref="KataException">InvalidArgument: there is none, or it is malformed. NotFound, PermissionDenied: it cannot be read.</exception>
    public Spec LoadSpec(string? path)
    {
        SpecPath = path ?? SpecPath;
        if (SpecPath is { } file)
        {
            return BundleSpec.Load(file);
        }

        return _bundle is null
            ? throw KataException.Invalid("there is no container description: give --bundle-dir DIR, or spec=file://PATH")
            : BundleSpec.LoadBundle(_bundle);
    }

    private void Remember(string id)
    {
        if (id.Length > 0)
        {
            KnownIds.Add(id);
        }
    }
}
