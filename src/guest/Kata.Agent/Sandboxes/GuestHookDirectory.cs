using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Oci;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Sandboxes;

/// <summary>Hooks that the guest image brings along for every container: programs in a directory for each stage.</summary>
internal static partial class GuestHookDirectory
{
    private const int MaxHooks = 128;
    private const uint AnyExecute = 0x49; // 0111

    /// <summary>Looks for hooks. Only regular files that can be executed count; links do not. What is wrong is logged, and no reason not to start.</summary>
    /// <param name="path">The directory, with one directory per stage: prestart, createRuntime, createContainer, startContainer, poststart, poststop.</param>
    /// <param name="logger">Where to.</param>
    /// <returns>The hooks, in the order of their names; null if there are none.</returns>
    public static Protocols.Oci.Hooks? Scan(string path, ILogger logger)
    {
        var hooks = new Protocols.Oci.Hooks();
        try
        {
            using ConfinedDirectory root = ConfinedDirectory.Open(path, ResolveFlags.Strict);
            hooks.Prestart.AddRange(ScanStage(root, path, "prestart", logger));
            hooks.CreateRuntime.AddRange(ScanStage(root, path, "createRuntime", logger));
            hooks.CreateContainer.AddRange(ScanStage(root, path, "createContainer", logger));
            hooks.StartContainer.AddRange(ScanStage(root, path, "startContainer", logger));
            hooks.Poststart.AddRange(ScanStage(root, path, "poststart", logger));
            hooks.Poststop.AddRange(ScanStage(root, path, "poststop", logger));
        }
        catch (KataException error)
        {
            LogFailed(logger, Printable.Escape(path, 256), error.Message);
            return null;
        }

        return hooks.Equals(new Protocols.Oci.Hooks()) ? null : hooks;
    }

    /// <summary>Checks the path of a directory of hooks.</summary>
    /// <exception cref="KataException">InvalidArgument: not an absolute path.</exception>
    public static void Validate(string path)
    {
        if (path.Length > 0 && (path[0] != '/' || path.Length > 4095 || path.Contains('\0', StringComparison.Ordinal)))
        {
            throw KataException.Invalid($"guest hook path '{Printable.Escape(path, 256)}' is not absolute");
        }
    }

    private static List<Hook> ScanStage(ConfinedDirectory root, string path, string stage, ILogger logger)
    {
        var hooks = new List<Hook>();
        using Fd? directory = root.TryOpen(stage, OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory);
        if (directory is null)
        {
            return hooks;
        }

        foreach (DirectoryEntry entry in DirectoryReader.Read(directory).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            string file = $"{path.TrimEnd('/')}/{stage}/{entry.Name}";
            FileStatus status = FileAt.Status(directory, entry.Name);
            if (status.Kind != FileKind.Regular || (status.Permissions & AnyExecute) == 0 || hooks.Count == MaxHooks)
            {
                LogSkipped(logger, Printable.Escape(file, 256));
                continue;
            }

            hooks.Add(new Hook { Path = file, Args = { entry.Name, stage } });
        }

        return hooks;
    }

    [LoggerMessage(EventId = 864, Level = LogLevel.Warning, Message = "guest hooks in {Path} are left out: {Reason}")]
    private static partial void LogFailed(ILogger logger, string path, string reason);

    [LoggerMessage(EventId = 865, Level = LogLevel.Warning, Message = "{File} is no guest hook: it must be a regular file that can be executed")]
    private static partial void LogSkipped(ILogger logger, string file);
}
