using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kata.Configuration;
using Kata.Primitives;
using Kata.Protocols.RuntimeOptions;

namespace Kata.Shim.Tasks;

/// <summary>Finds the configuration of a sandbox: the one containerd's runtime options name, else the default one; then the pod's annotations, where they are allowed.</summary>
internal static class ConfigurationChoice
{
    private static readonly string[] Types = ["runtimeoptions.v1.Options", "cri.runtimeoptions.v1.Options"];

    /// <summary>Loads it.</summary>
    /// <param name="options">The runtime options of the request; may be null, and options of another runtime are ignored.</param>
    /// <param name="annotations">The spec's annotations.</param>
    /// <param name="warn">Gets what was odd but did not stop it.</param>
    /// <exception cref="KataException">Missing, malformed or refused configuration, with file, line and column.</exception>
    public static KataConfiguration Load(Any? options, IReadOnlyDictionary<string, string> annotations, Action<string> warn)
    {
        LoadedConfiguration loaded = Annotations.Apply(ConfigurationLoader.Load(PathOf(options)), annotations);
        foreach (ConfigurationWarning warning in loaded.Warnings)
        {
            warn(warning.ToString());
        }

        return loaded.Configuration;
    }

    private static string? PathOf(Any? options)
    {
        if (options is null || !Types.Contains(options.TypeUrl[(options.TypeUrl.LastIndexOf('/') + 1)..]))
        {
            return null;
        }

        try
        {
            return Options.Parser.ParseFrom(options.Value).ConfigPath is { Length: > 0 } path ? path : null;
        }
        catch (InvalidProtocolBufferException error)
        {
            throw KataException.Invalid($"the runtime options are malformed: {error.Message}", error);
        }
    }
}
