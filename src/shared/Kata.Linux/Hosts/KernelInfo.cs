using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Kata.Linux.Hosts;

/// <summary>What uname(2) says about the running kernel.</summary>
/// <param name="Release">As <c>uname -r</c>: <c>6.1.90-kata</c>.</param>
/// <param name="Version">As <c>uname -v</c>: when it was built.</param>
/// <param name="Machine">As <c>uname -m</c>: <c>x86_64</c>.</param>
/// <param name="HostName">The name of this machine, in the caller's UTS namespace.</param>
public sealed partial record KernelInfo(string Release, string Version, string Machine, string HostName)
{
    private const int FieldSize = 65;
    private const int Fields = 6; // struct utsname: system, node, release, version, machine, domain

    /// <summary>Asks the kernel.</summary>
    public static unsafe KernelInfo Read()
    {
        byte[] record = new byte[FieldSize * Fields];
        fixed (byte* start = record)
        {
            if (NativeName(start) != 0)
            {
                throw LinuxException.FromLastError("uname");
            }
        }

        return new KernelInfo(Field(record, 2), Field(record, 3), Field(record, 4), Field(record, 1));
    }

    /// <summary>Whether the release is at least this one.</summary>
    public bool IsAtLeast(int major, int minor)
    {
        string[] parts = Release.Split('.', '-');
        return parts.Length >= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int actualMajor)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int actualMinor)
            && (actualMajor, actualMinor).CompareTo((major, minor)) >= 0;
    }

    private static string Field(byte[] record, int index)
    {
        ReadOnlySpan<byte> field = record.AsSpan(index * FieldSize, FieldSize);
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    [LibraryImport("libc", EntryPoint = "uname", SetLastError = true)]
    private static unsafe partial int NativeName(byte* record);
}
