using System.Globalization;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Linux.Namespaces;

/// <summary>An open namespace. It exists as long as this is held, whatever becomes of its processes.</summary>
public sealed class NamespaceFd : IDisposable
{
    private NamespaceFd(Fd handle, CloneFlags kind)
    {
        Handle = handle;
        Kind = kind;
    }

    /// <summary>The descriptor, for setns(2).</summary>
    public Fd Handle { get; }

    /// <summary>Which kind of namespace it is.</summary>
    public CloneFlags Kind { get; }

    /// <summary>Opens a namespace that is bound to a file, such as <c>/run/netns/x</c> or <c>/proc/1/ns/net</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The kind it must be of; null for any.</param>
    /// <exception cref="LinuxException">ENOENT: no such file.</exception>
    /// <exception cref="KataException">InvalidArgument: not a namespace, or of another kind.</exception>
    public static NamespaceFd Open(string path, CloneFlags? expected = null)
    {
        // Non-blocking: whoever passes a FIFO gets an error, not a hang.
        Fd handle = Fd.Open(NativePath.Require(path), OpenFlags.ReadOnly | OpenFlags.NonBlocking);
        try
        {
            int kind = NamespaceCalls.Control(handle, NamespaceCalls.GetNamespaceType, 0);
            if (kind <= 0 || (expected is { } wanted && (int)wanted != kind))
            {
                throw KataException.Invalid($"{Printable.Escape(path, 256)} is not a {(expected is { } name ? $"{NameOf(name)} " : string.Empty)}namespace");
            }

            return new NamespaceFd(handle, (CloneFlags)kind);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens a namespace of a process.</summary>
    /// <param name="pid">The process; 0 is the calling thread.</param>
    /// <param name="kind">Which one.</param>
    /// <exception cref="LinuxException">ENOENT: no such process.</exception>
    public static NamespaceFd Open(int pid, CloneFlags kind)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pid);
        string process = pid == 0 ? "thread-self" : pid.ToString(CultureInfo.InvariantCulture);
        return Open($"/proc/{process}/ns/{NameOf(kind)}", kind);
    }

    /// <summary>The name of a kind, as in <c>/proc/self/ns</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not exactly one kind.</exception>
    public static string NameOf(CloneFlags kind) => kind switch
    {
        CloneFlags.NewNs => "mnt",
        CloneFlags.NewCgroup => "cgroup",
        CloneFlags.NewUts => "uts",
        CloneFlags.NewIpc => "ipc",
        CloneFlags.NewUser => "user",
        CloneFlags.NewPid => "pid",
        CloneFlags.NewNet => "net",
        CloneFlags.NewTime => "time",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "one kind of namespace"),
    };

    /// <summary>
    /// Moves the calling thread into the namespace. Only on a thread that lives for this: threads that it starts afterwards are born there. A mount
    /// namespace needs CLONE_FS unshared first; a pid namespace is for children only.
    /// </summary>
    /// <exception cref="LinuxException">As setns(2).</exception>
    public void Enter()
    {
        if (NamespaceCalls.SetNamespace(Handle, (int)Kind) != 0)
        {
            throw LinuxException.FromLastError("setns", NameOf(Kind));
        }
    }

    /// <summary>Whether both are the same namespace.</summary>
    public bool IsSameAs(NamespaceFd other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Identity == other.Identity;
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private (DeviceNumber, ulong) Identity => FileAt.Status(Handle) is var status ? (status.Device, status.Inode) : default;
}
