using System.Text;
using Kata.Configuration.Documents;
using Kata.Primitives;

namespace Kata.Configuration;

/// <summary>Where configuration files are, and how they are read.</summary>
public static class ConfigurationFiles
{
    /// <summary>The environment variable that names the file.</summary>
    public const string PathVariable = "KATA_CONF_FILE";

    private const int MaxDropIns = 256;

    // Room for the byte order mark and for characters of several bytes.
    private const int MaxBytes = (4 * DocumentParser.MaxLength) + 4;

    /// <summary>Where the file is looked for, in this order.</summary>
    public static IReadOnlyList<string> DefaultPaths { get; } =
    [
        "/etc/kata-containers/configuration.toml",
        "/usr/share/defaults/kata-containers/configuration.toml",
        "/opt/kata/share/defaults/kata-containers/configuration.toml",
    ];

    /// <summary>The file to load, with links resolved.</summary>
    /// <param name="path">The file asked for, if any.</param>
    /// <exception cref="KataException">NotFound: it does not exist, or none of the default ones does.</exception>
    public static string Resolve(string? path) => Resolve(path, Environment.GetEnvironmentVariable(PathVariable), DefaultPaths);

    internal static string Resolve(string? path, string? variable, IReadOnlyList<string> defaults)
    {
        string? wanted = path is { Length: > 0 } ? path : variable is { Length: > 0 } ? variable : null;
        if (wanted is not null)
        {
            return File.Exists(wanted)
                ? FollowLinks(wanted)
                : throw KataException.NotFound($"no configuration file at {Printable.Escape(wanted, 4096)}{(path is { Length: > 0 } ? string.Empty : $" (named by {PathVariable})")}");
        }

        string? found = defaults.FirstOrDefault(File.Exists);
        return found is not null
            ? FollowLinks(found)
            : throw KataException.NotFound($"no configuration file; looked for {string.Join(", ", defaults)}; name one with {PathVariable}");
    }

    /// <summary>The drop-in files of a configuration file: <c>config.d/*.toml</c> beside it, in the order in which they apply.</summary>
    internal static IReadOnlyList<string> DropIns(string file)
    {
        string directory = Path.Combine(Path.GetDirectoryName(file)!, "config.d");
        if (!Directory.Exists(directory))
        {
            return [];
        }

        List<string> files = [.. Guard(directory, () => Directory.EnumerateFiles(directory, "*.toml").Take(MaxDropIns + 1).ToList())];
        files.Sort(StringComparer.Ordinal);
        return files.Count <= MaxDropIns ? files : throw KataException.Invalid($"{directory}: more than {MaxDropIns} drop-in files");
    }

    /// <summary>Reads a file of bounded size.</summary>
    internal static string Read(string file) => Guard(file, () =>
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var content = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        for (int count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
        {
            content.Write(buffer, 0, count);
            if (content.Length > MaxBytes)
            {
                throw KataException.Invalid($"{file}: larger than {MaxBytes} bytes");
            }
        }

        ReadOnlySpan<byte> bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
    });

    private static string FollowLinks(string path) => Guard(path, () =>
        File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path));

    private static T Guard<T>(string path, Func<T> access)
    {
        try
        {
            return access();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new KataException(ErrorCode.PermissionDenied, $"configuration {path} cannot be read: permission denied", error);
        }
        catch (DecoderFallbackException error)
        {
            throw KataException.Invalid($"{path}: not UTF-8 text", error);
        }
        catch (IOException error)
        {
            throw new KataException(ErrorCode.NotFound, $"configuration {path} cannot be read: {Printable.Escape(error.Message, 200)}", error);
        }
    }
}
