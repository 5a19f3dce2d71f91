using System.Globalization;
using Kata.Configuration;
using Kata.Primitives;

namespace Kata.Hypervisors.Qemu.Virtiofs;

/// <summary>Writes virtiofsd's arguments in the dialect it speaks.</summary>
internal static class VirtiofsdArguments
{
    /// <summary>Tells the dialect from what <c>--help</c> prints; null when it is neither.</summary>
    public static VirtiofsdDialect? Recognise(string help) => help switch
    {
        // The Rust one mentions "-o" too, for compatibility, so its own option is looked for first.
        _ when help.Contains("--shared-dir", StringComparison.Ordinal) => VirtiofsdDialect.Rust,
        _ when help.Contains("-o source=", StringComparison.Ordinal) => VirtiofsdDialect.C,
        _ => null,
    };

    /// <summary>The arguments after the program's name.</summary>
    /// <param name="dialect">The family.</param>
    /// <param name="directory">The directory to share; absolute.</param>
    /// <param name="listenFd">The listening socket's number in virtiofsd.</param>
    /// <param name="configuration">Cache mode and the user's additions, which come last.</param>
    /// <exception cref="KataException">Unsupported: this family has no such cache mode.</exception>
    public static IReadOnlyList<string> Build(VirtiofsdDialect dialect, string directory, int listenFd, SharedFilesConfiguration configuration)
    {
        string fd = listenFd.ToString(CultureInfo.InvariantCulture);
        return dialect == VirtiofsdDialect.C
            ? ["-f", $"--fd={fd}", "-o", $"source={EscapeForC(directory)}", "-o", $"cache={CacheForC(configuration.VirtioFsCache)}", "-o", "sandbox=namespace",
                "-o", "no_posix_lock", "-o", "log_level=warn", .. configuration.VirtioFsExtraArguments]
            : ["--fd", fd, "--shared-dir", directory, "--cache", CacheForRust(configuration.VirtioFsCache), "--sandbox", "namespace",
                "--log-level", "warn", .. TranslateForRust(configuration.VirtioFsExtraArguments)];
    }

    private static string CacheForC(VirtioFsCache cache) => cache switch
    {
        VirtioFsCache.Auto => "auto",
        VirtioFsCache.Always => "always",
        VirtioFsCache.Never => "none",
        _ => throw KataException.Unsupported("this virtiofsd has no cache mode 'metadata'; set 'hypervisor.qemu.virtio_fs_cache' to auto, always or never"),
    };

    private static string CacheForRust(VirtioFsCache cache) => cache switch
    {
        VirtioFsCache.Auto => "auto",
        VirtioFsCache.Always => "always",
        VirtioFsCache.Metadata => "metadata",
        _ => "never",
    };

    // The C one splits -o arguments at commas; a backslash takes their meaning away.
    private static string EscapeForC(string path) => path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);

    // Upstream's files were written for the C one: "-o announce_submounts,xattr" becomes "--announce-submounts --xattr".
    private static IEnumerable<string> TranslateForRust(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string? options = arguments[i] switch
            {
                "-o" => ++i < arguments.Count ? arguments[i] : string.Empty,
                ['-', 'o', .. string rest] => rest,
                _ => null,
            };
            if (options is null)
            {
                yield return arguments[i];
                continue;
            }

            foreach (string option in options.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (option is "no_posix_lock" or "no_flock")
                {
                    continue; // what the Rust one does anyway, and has no word for
                }

                int equals = option.IndexOf('=', StringComparison.Ordinal);
                string name = equals < 0 ? option : option[..equals];
                yield return $"--{name.Replace('_', '-')}{(equals < 0 ? string.Empty : option[equals..])}";
            }
        }
    }
}
