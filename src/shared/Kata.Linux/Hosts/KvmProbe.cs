using System.Runtime.InteropServices;
using System.Text;

namespace Kata.Linux.Hosts;

/// <summary>Finds out whether KVM can run a stock guest on this machine.</summary>
public static class KvmProbe
{
    private const int ApiVersion = 12; // KVM_API_VERSION
    private const int HeadLength = 8192;
    private const string Device = "/dev/kvm";

    /// <summary>Tries it.</summary>
    /// <returns>Why KVM cannot be used, in words; null when it can.</returns>
    /// <remarks>
    /// A machine can be made by some hosts whose processor shows no virtualization; what answers there is not hardware KVM and boots no stock kernel.
    /// </remarks>
    public static string? FindProblem()
    {
        try
        {
            if (File.Exists(Device) && !ProcessorVirtualizes())
            {
                return $"{Device} exists, but the processor shows neither vmx nor svm";
            }

            using Fd kvm = Fd.Open(Device, OpenFlags.ReadWrite);
            int version = HostControl.Ask(kvm, HostControl.KvmGetApiVersion, 0);
            if (version != ApiVersion)
            {
                return version < 0 ? LinuxException.FromLastError("ioctl KVM_GET_API_VERSION").Message : $"{Device} speaks version {version} of its interface, not {ApiVersion}";
            }

            int machine = HostControl.Ask(kvm, HostControl.KvmCreateVm, 0);
            if (machine < 0)
            {
                return LinuxException.FromLastError("ioctl KVM_CREATE_VM").Message;
            }

            new Fd(machine).Dispose();
        }
        catch (LinuxException error)
        {
            return error.Message;
        }

        return null;
    }

    /// <summary>Whether the kernel finds that the processor can virtualize. On arm64 it offers /dev/kvm only then.</summary>
    /// <remarks>
    /// The kernel is asked, not the processor: in a guest that is itself run without hardware help the instruction may answer for the machine underneath.
    /// </remarks>
    private static bool ProcessorVirtualizes()
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
        {
            return true;
        }

        // The first processor's entry; the kernel writes the entries as they are read, which for hundreds of processors takes its time.
        Span<byte> head = stackalloc byte[HeadLength];
        using Fd file = Fd.Open("/proc/cpuinfo", OpenFlags.ReadOnly);
        string text = Encoding.ASCII.GetString(head[..FdIo.Read(file, head)]);
        int flags = text.IndexOf("\nflags", StringComparison.Ordinal);
        if (flags < 0)
        {
            return false;
        }

        int end = text.IndexOf('\n', flags + 1);
        string[] words = text[flags..(end < 0 ? text.Length : end)].Split(' ');
        return words.Contains("vmx") || words.Contains("svm");
    }
}
