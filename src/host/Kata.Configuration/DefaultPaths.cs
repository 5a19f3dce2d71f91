using System.Runtime.InteropServices;

namespace Kata.Configuration;

/// <summary>Where things are when the configuration does not say.</summary>
public static class DefaultPaths
{
    /// <summary>The guest kernel.</summary>
    public const string Kernel = "/opt/kata/share/kata-containers/vmlinux";

    /// <summary>The QEMU binary of the machine's own architecture.</summary>
    public static string Qemu => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "/usr/bin/qemu-system-aarch64" : "/usr/bin/qemu-system-x86_64";

    /// <summary>Where virtiofsd is looked for, in this order.</summary>
    public static IReadOnlyList<string> VirtioFsDaemons { get; } =
        ["/opt/kata/libexec/virtiofsd", "/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd", "/usr/libexec/kata-qemu/virtiofsd"];

    /// <summary>The first virtiofsd present on this machine, or the first place it could be.</summary>
    public static string VirtioFsDaemon => VirtioFsDaemons.FirstOrDefault(File.Exists) ?? VirtioFsDaemons[1];
}
