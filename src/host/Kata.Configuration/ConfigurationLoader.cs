using Kata.Configuration.Binding;
using Kata.Configuration.Documents;
using Kata.Primitives;

namespace Kata.Configuration;

/// <summary>Finds, reads and checks the configuration.</summary>
public static class ConfigurationLoader
{
    /// <summary>Loads a configuration file and the drop-ins beside it.</summary>
    /// <param name="path">The file; null means the one named by <c>KATA_CONF_FILE</c>, else the first of <see cref="ConfigurationFiles.DefaultPaths"/> that exists.</param>
    /// <param name="host">What the host has; null means this machine.</param>
    /// <exception cref="KataException">
    /// NotFound: no such file. PermissionDenied: it cannot be read. InvalidArgument: it is malformed or a value is wrong; the message has file, line and
    /// column of every problem. Unsupported: it asks for something that does not exist here.
    /// </exception>
    public static LoadedConfiguration Load(string? path = null, HostLimits? host = null)
    {
        string file = ConfigurationFiles.Resolve(path);
        ConfigurationDocument document = DocumentParser.Parse(ConfigurationFiles.Read(file), file);
        foreach (string dropIn in ConfigurationFiles.DropIns(file))
        {
            document = document.With(DocumentParser.Parse(ConfigurationFiles.Read(dropIn), dropIn));
        }

        return ConfigurationBinder.Bind(document, file, host ?? HostLimits.Current);
    }

    /// <summary>Reads a configuration from text, without drop-ins.</summary>
    /// <param name="text">TOML.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <param name="host">What the host has; null means this machine.</param>
    /// <exception cref="KataException">As <see cref="Load"/>, but for files.</exception>
    public static LoadedConfiguration Parse(string text, string source, HostLimits? host = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ConfigurationBinder.Bind(DocumentParser.Parse(text, source), source, host ?? HostLimits.Current);
    }
}
