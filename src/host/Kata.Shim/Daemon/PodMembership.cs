using System.Text.Json;
using Kata.Primitives;

namespace Kata.Shim.Daemon;

/// <summary>Which pod a container belongs to, read from the annotations that CRI implementations leave in its spec.</summary>
/// <param name="Role">Owner of the VM, or guest in another's.</param>
/// <param name="SandboxId">The container that owns the VM; the container itself unless it is a pod container.</param>
internal sealed record PodMembership(PodRole Role, string SandboxId)
{
    private const int MaxSpecBytes = 16 * 1024 * 1024;

    private static readonly string[] TypeKeys = ["io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType", "io.kubernetes.docker.type"];

    private static readonly string[] SandboxKeys =
        ["io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID", "io.kubernetes.sandbox.id"];

    /// <summary>Decides from annotations.</summary>
    /// <param name="containerId">The container the annotations are of.</param>
    /// <param name="annotations">The spec's annotations.</param>
    /// <exception cref="KataException">InvalidArgument: an unknown container type, or a pod container that names no sandbox.</exception>
    public static PodMembership Of(string containerId, IReadOnlyDictionary<string, string> annotations)
    {
        foreach (string key in TypeKeys)
        {
            if (annotations.TryGetValue(key, out string? type))
            {
                return type switch
                {
                    "sandbox" or "podsandbox" => new PodMembership(PodRole.Sandbox, containerId),
                    "container" => new PodMembership(PodRole.PodContainer, SandboxOf(containerId, annotations)),
                    _ => throw KataException.Invalid(
                        $"container {containerId}: unknown container type '{Printable.Escape(type, 64)}' in annotation {key}; known are sandbox, podsandbox and container"),
                };
            }
        }

        return new PodMembership(PodRole.SingleContainer, containerId);
    }

    /// <summary>Decides from a bundle's <c>config.json</c>, reading nothing of it but the annotations: <c>start</c> has milliseconds.</summary>
    /// <exception cref="KataException">InvalidArgument: no JSON object, or as in <see cref="Of"/>.</exception>
    public static PodMembership OfBundle(string containerId, string bundle)
    {
        string path = Path.Combine(bundle, "config.json");
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw KataException.NotFound($"{path}: no such file; the bundle needs an OCI runtime spec");
        }

        if (file.Length > MaxSpecBytes)
        {
            throw KataException.Invalid($"{path} has {file.Length} bytes; the limit is {MaxSpecBytes}");
        }

        try
        {
            return Of(containerId, ReadAnnotations(File.ReadAllBytes(path)));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw KataException.Invalid($"{path}: {error.Message}", error);
        }
    }

    private static Dictionary<string, string> ReadAnnotations(ReadOnlySpan<byte> json)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("not a JSON object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool wanted = reader.ValueTextEquals("annotations"u8);
            reader.Read();
            if (!wanted || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = reader.GetString()!;
                reader.Read();
                annotations[key] = reader.GetString() ?? string.Empty;
            }
        }

        return annotations;
    }

    private static string SandboxOf(string containerId, IReadOnlyDictionary<string, string> annotations)
    {
        foreach (string key in SandboxKeys)
        {
            if (annotations.TryGetValue(key, out string? sandbox))
            {
                return Identifiers.Require(sandbox, "sandbox id");
            }
        }

        throw KataException.Invalid($"container {containerId} is a pod container, but no annotation names its sandbox; expected {SandboxKeys[0]}");
    }
}
