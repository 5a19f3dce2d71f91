using Kata.Primitives;

namespace Kata.Configuration.Binding;

/// <summary>Reads <c>runtime.sandbox_bind_mounts</c>.</summary>
internal static class SandboxBindMountReader
{
    private const string Key = "sandbox_bind_mounts";

    /// <summary>The entries: a path, with <c>:ro</c> or <c>:rw</c> behind it or not.</summary>
    internal static IReadOnlyList<SandboxBindMount> Read(TableReader table, Problems problems)
    {
        var mounts = new List<SandboxBindMount>();
        foreach (string entry in table.List(Key))
        {
            string text = entry.TrimEnd('/');
            bool writable = text.EndsWith(":rw", StringComparison.Ordinal);
            string path = (writable || text.EndsWith(":ro", StringComparison.Ordinal) ? text[..^3] : text).TrimEnd('/');
            var mount = new SandboxBindMount(path, ReadOnly: !writable);
            if (!path.StartsWith('/') || mount.Name is "" or "." or "..")
            {
                problems.Add(table.LocationOf(Key), $"runtime.{Key}: '{Printable.Escape(entry, 256)}' must be an absolute path, with :ro or :rw behind it or not");
            }
            else if (mounts.Exists(other => other.Name == mount.Name))
            {
                problems.Add(table.LocationOf(Key), $"runtime.{Key}: two entries end in '{Printable.Escape(mount.Name, 256)}', which is their name in the guest");
            }
            else
            {
                mounts.Add(mount);
            }
        }

        return mounts;
    }
}
