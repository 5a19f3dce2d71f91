using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Linux.Namespaces;

/// <summary>Mount namespaces of whole processes.</summary>
public static unsafe class MountNamespace
{
    // Holds the number of the namespace that was made, so that a value inherited from elsewhere does not pass for the real thing.
    private const string Marker = "KATA_OWN_MOUNT_NAMESPACE";
    private const int MaxCommandLine = 16 * 1024 * 1024;

    /// <summary>
    /// Puts the whole process into a mount namespace of its own, to which mounts of the host still spread and from which none spreads back: unshares it on
    /// this thread and executes the program again, with the same arguments and the same process id. Returns only in the second run.
    /// </summary>
    /// <remarks>Call it first thing in Main: nothing of the first run survives but the standard descriptors.</remarks>
    /// <exception cref="LinuxException">EPERM: not privileged. Others as unshare(2), mount(2), execve(2).</exception>
    public static void EnterPrivateAndReexec()
    {
        string? made = Environment.GetEnvironmentVariable(Marker);
        Environment.SetEnvironmentVariable(Marker, null);
        if (made == Identity())
        {
            return;
        }

        byte[] arguments = BoundedFile.Read("/proc/self/cmdline", MaxCommandLine);
        if (NamespaceCalls.Unshare((int)CloneFlags.NewNs) != 0)
        {
            throw LinuxException.FromLastError("unshare", subject: "CLONE_NEWNS");
        }

        Mount.SetPropagation("/", MountFlags.Slave | MountFlags.Recursive);
        Execute(arguments, Identity());
    }

    private static string Identity()
    {
        using NamespaceFd mine = NamespaceFd.Open(pid: 0, CloneFlags.NewNs);
        return FileAt.Status(mine.Handle).Inode.ToString(CultureInfo.InvariantCulture);
    }

    private static void Execute(byte[] commandLine, string marker)
    {
        List<byte[]> arguments = SplitAtNul(commandLine);
        List<byte[]> environment = [Encode($"{Marker}={marker}")];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment.Add(Encode($"{variable.Key}={variable.Value}"));
        }

        // Never freed: execve replaces everything, and if it fails the process is about to end.
        NamespaceCalls.Execute("/proc/self/exe", ToNative(arguments), ToNative(environment));
        throw LinuxException.FromLastError("execve", subject: "/proc/self/exe");
    }

    private static List<byte[]> SplitAtNul(ReadOnlySpan<byte> bytes)
    {
        var parts = new List<byte[]>();
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)0);
            end = end < 0 ? bytes.Length : end;
            parts.Add(bytes[..end].ToArray());
            bytes = bytes[Math.Min(end + 1, bytes.Length)..];
        }

        return parts.Count > 0 ? parts : throw new KataException(ErrorCode.Internal, "cannot read the command line of this process: is /proc mounted?");
    }

    private static byte[] Encode(string text)
    {
        byte[] bytes = new byte[KernelText.MaxBytes(text)];
        return bytes.AsSpan(0, KernelText.Encode(text, bytes)).ToArray();
    }

    private static byte** ToNative(List<byte[]> texts)
    {
        byte** list = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            list[i] = (byte*)NativeMemory.AllocZeroed((nuint)texts[i].Length + 1);
            texts[i].CopyTo(new Span<byte>(list[i], texts[i].Length));
        }

        return list;
    }
}
