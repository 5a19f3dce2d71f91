using System.Text;
using Kata.Configuration;
using Kata.Primitives;

namespace Kata.Hypervisors.Qemu;

/// <summary>Puts the guest's kernel parameters together: the driver's, the runtime's, the user's. Of duplicates the kernel takes the last.</summary>
internal static class GuestKernelCommandLine
{
    /// <summary>The longest line an x86-64 kernel reads, in bytes, its end marker included.</summary>
    internal const int MaxLength = 2048;

    /// <summary>The line for a machine.</summary>
    /// <exception cref="KataException">InvalidArgument: too long, or with characters that cannot be in it.</exception>
    public static string Build(VmSpec spec, QemuConfiguration configuration, QemuArchitecture architecture, Accelerator accelerator)
    {
        List<string> words = [.. architecture.KernelParameters];
        if (accelerator == Accelerator.Tcg)
        {
            // Processors are not added to a running machine; once they are, what counts here is how many there may be.
            words.AddRange(architecture.TranslatedParameters);
            words.AddRange(spec.Vcpus == 1 ? architecture.TranslatedUniprocessorParameters : []);
        }

        words.AddRange(["rcupdate.rcu_expedited=1", "cryptomgr.notests", "net.ifnames=0"]);

        // The serial port rather than hvc0: no slower to boot with, and a kernel that dies before its virtio drivers are up can still say so.
        words.Add($"console={architecture.Console}");

        // -1 restarts at once, which -no-reboot turns into the end of QEMU: a panic is seen when it happens.
        words.Add("panic=-1");
        words.Add($"nr_cpus={Math.Max(spec.Vcpus, spec.MaxVcpus)}");
        words.AddRange(configuration.EnableDebug ? ["debug"] : ["quiet"]);
        if (spec.Image is not null)
        {
            words.AddRange(RootDisk(configuration));
        }

        words.AddRange(spec.KernelParameters);
        words.Add(configuration.Assets.KernelParameters.Trim());
        return Check(string.Join(' ', words.Where(w => w.Length > 0)));
    }

    private static IEnumerable<string> RootDisk(QemuConfiguration configuration)
    {
        yield return "root=/dev/vda1";
        if (configuration.Assets.RootfsType == "ext4")
        {
            yield return "rootflags=data=ordered,errors=remount-ro";
        }

        yield return "ro";
        yield return $"rootfstype={configuration.Assets.RootfsType}";
        yield return $"systemd.show_status={(configuration.EnableDebug ? "true" : "false")}";
        if (configuration.EnableDebug)
        {
            yield return "systemd.log_level=debug";
        }

        yield return "systemd.unit=kata-containers.target";
        yield return "systemd.mask=systemd-networkd.service";
        yield return "systemd.mask=systemd-networkd.socket";
    }

    private static string Check(string line)
    {
        if (line.Any(char.IsControl))
        {
            throw KataException.Invalid("the guest's kernel parameters contain a control character; look at hypervisor.qemu.kernel_params");
        }

        int length = Encoding.UTF8.GetByteCount(line);
        return length < MaxLength
            ? line
            : throw KataException.Invalid($"the guest's kernel parameters take {length} bytes, the kernel reads {MaxLength - 1}; shorten hypervisor.qemu.kernel_params");
    }
}
