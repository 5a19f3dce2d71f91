using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Processes;

/// <summary>
/// Labels of the guest's security modules. A guest with the module applies them, and refuses those it does not know before anything is made; a guest without it
/// refuses them, too, as no container may run with less protection than was asked for. The one exception are the profiles that container managers give to every
/// container on a host with AppArmor: nobody asked for them, the guest is not that host, and the VM protects more than they do.
/// </summary>
internal static class SecurityModules
{
    private const string ApparmorSwitch = "/sys/module/apparmor/parameters/enabled";
    private const string Unconfined = "unconfined";
    private const int MaxLabel = 4096;
    private const int MaxText = 64 * 1024;

    private static readonly string[] ManagersProfiles = ["cri-containerd.apparmor.d", "docker-default", "nerdctl-default", "crio-default", "buildkit-default"];

    /// <summary>What to write where for a process; null for nothing.</summary>
    /// <param name="profile">An AppArmor profile; empty for none.</param>
    /// <param name="label">An SELinux label; empty for none.</param>
    /// <exception cref="KataException">
    /// InvalidArgument: not a label. Unsupported: the guest does not have the module. FailedPrecondition: it does not have the profile.
    /// </exception>
    public static (string File, string Value)? LabelFor(string profile, string label)
    {
        RequireText(profile, "process.apparmorProfile");
        RequireText(label, "process.selinuxLabel");
        (string File, string Value)? selinux = label.Length > 0 ? SelinuxLabel(label) : null;
        (string File, string Value)? apparmor = profile.Length > 0 ? ApparmorProfile(profile) : null;
        return selinux ?? apparmor; // a kernel has one of them at most
    }

    /// <summary>Checks the label of a container's mounts.</summary>
    /// <param name="label">An SELinux label; empty for none.</param>
    /// <exception cref="KataException">InvalidArgument: not a label. Unsupported: the guest has no SELinux.</exception>
    public static void RequireMountLabel(string label)
    {
        RequireText(label, "linux.mountLabel");
        if (label.Length > 0)
        {
            RequireSelinux(label, "linux.mountLabel");
        }
    }

    private static (string File, string Value) SelinuxLabel(string label)
    {
        RequireSelinux(label, "process.selinuxLabel");
        return ("/proc/self/attr/exec", label);
    }

    // Tries it on this thread, which executes nothing, and takes it back: the policy alone knows its labels.
    private static void RequireSelinux(string label, string field)
    {
        if (!HasSelinux())
        {
            throw KataException.Unsupported($"{field}: selinux label is specified in config, but selinux is disabled or not supported in the guest");
        }

        const string attribute = "/proc/thread-self/attr/exec";
        try
        {
            BoundedFile.WriteOnce(attribute, label);
        }
        catch (LinuxException error) when (error.Errno == Errno.EINVAL)
        {
            throw new KataException(ErrorCode.InvalidArgument, $"{field}: '{Printable.Escape(label, 256)}' is no label of the guest's SELinux policy", error);
        }

        BoundedFile.WriteOnce(attribute, "\n");
    }

    private static (string File, string Value)? ApparmorProfile(string profile)
    {
        if (!HasApparmor())
        {
            return profile == Unconfined || IsManagers(profile) ? null : throw KataException.Unsupported(
                $"unable to apply apparmor profile '{Printable.Escape(profile, 256)}': apparmor: config provided but apparmor not supported in the guest");
        }

        // Kernels before 5.8 have no directory of AppArmor's own.
        bool hasOwn = Directory.Exists("/proc/self/attr/apparmor");
        string directory = hasOwn ? "attr/apparmor" : "attr";
        try
        {
            BoundedFile.WriteOnce($"/proc/thread-self/{directory}/current", $"permprofile {profile}"); // only asks
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.EINVAL or Errno.EACCES or Errno.EPERM)
        {
            throw new KataException(
                ErrorCode.FailedPrecondition,
                $"unable to apply apparmor profile: apparmor failed to apply profile '{Printable.Escape(profile, 256)}': {LinuxException.Explain(error.Errno)}: is it loaded in the guest?",
                error);
        }

        return ($"/proc/self/{directory}/exec", $"exec {profile}");
    }

    private static bool IsManagers(string profile) =>
        ManagersProfiles.Contains(profile) || profile.StartsWith("containers-default-", StringComparison.Ordinal); // Podman's has a version

    private static bool HasApparmor() => File.Exists(ApparmorSwitch) && BoundedFile.ReadText(ApparmorSwitch, 16).StartsWith('Y');

    // The kernel's own label means that no policy is loaded; without one SELinux forbids nothing and knows no label.
    private static bool HasSelinux() => BoundedFile.ReadText("/proc/filesystems", MaxText).Contains("\tselinuxfs\n", StringComparison.Ordinal)
        && BoundedFile.ReadText("/proc/self/attr/current", MaxLabel).TrimEnd('\0', '\n') != "kernel";

    private static void RequireText(string text, string name)
    {
        if (text.Length > MaxLabel || text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.Contains('"', StringComparison.Ordinal))
        {
            throw KataException.Invalid($"{name} is longer than {MaxLabel} characters, or has quotes or control characters in it");
        }
    }
}
