using Kata.Linux.Mounts;

namespace Kata.Agent.Rootfs;

/// <summary>Gives what a container mounts its SELinux label, <c>linux.mountLabel</c>.</summary>
internal static class MountLabels
{
    /// <summary>The attribute of a file that holds its label; how message queues get theirs.</summary>
    public const string Attribute = "security.selinux";

    /// <summary>Adds the label to the options of a new mount, for file systems that take one. procfs and sysfs have labels of their own; message queues take it as an attribute.</summary>
    /// <param name="type">The file system.</param>
    /// <param name="options">The options; those that name a label of their own stay as they are.</param>
    /// <param name="label">The label, without quotes in it; empty for none.</param>
    public static MountOptions AddTo(string type, MountOptions options, string label)
    {
        bool takesNone = label.Length == 0 || type is "proc" or "sysfs" or "mqueue" || options.Data.Any(IsLabel);
        return takesNone ? options : options with { Data = [.. options.Data, $"context=\"{label}\""] }; // a label has commas in it
    }

    private static bool IsLabel(string word) => word.Split('=')[0] is "context" or "fscontext" or "defcontext" or "rootcontext";
}
