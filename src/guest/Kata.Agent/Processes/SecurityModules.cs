using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Processes;

/// <summary>
/// Labels of the guest's security modules. A guest without the module ignores labels for it, as hosts send those of their own modules with every container;
/// a guest with it applies them, and refuses those it does not know.
/// </summary>
internal static class SecurityModules
{
    private const string AppArmorSwitch = "/sys/module/apparmor/parameters/enabled";
    private const string SelinuxSwitch = "/sys/fs/selinux/enforce";
    private const int MaxLabel = 4096;

    /// <summary>Whether the guest's kernel has SELinux, and a policy is loaded.</summary>
    public static bool HasSelinux => File.Exists(SelinuxSwitch);

    /// <summary>What to write where for a process; null for nothing.</summary>
    /// <param name="profile">An AppArmor profile; empty for none.</param>
    /// <param name="label">An SELinux label; empty for none.</param>
    /// <exception cref="KataException">InvalidArgument: not a label.</exception>
    public static (string File, string Value)? LabelFor(string profile, string label)
    {
        Require(profile, "process.apparmorProfile");
        Require(label, "process.selinuxLabel");
        if (label.Length > 0 && HasSelinux)
        {
            return ("/proc/self/attr/exec", label);
        }

        if (profile.Length == 0 || profile == "unconfined" || !HasAppArmor())
        {
            return null;
        }

        string own = "/proc/self/attr/apparmor/exec";
        return (File.Exists(own) ? own : "/proc/self/attr/exec", $"exec {profile}");
    }

    private static bool HasAppArmor() => File.Exists(AppArmorSwitch) && BoundedFile.ReadText(AppArmorSwitch, 16).StartsWith('Y');

    private static void Require(string text, string name)
    {
        if (text.Length > MaxLabel || text.AsSpan().ContainsAnyInRange('\0', '\x1f'))
        {
            throw KataException.Invalid($"{name} is longer than {MaxLabel} characters or has control characters in it");
        }
    }
}
