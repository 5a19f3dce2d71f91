using System.Runtime.InteropServices;
using Kata.Primitives;

namespace Kata.Linux;

/// <summary>A system call that failed: which call, on what, and the kernel's error number.</summary>
public sealed class LinuxException : KataException
{
    /// <summary>Describes a failed call.</summary>
    /// <param name="call">The call as the manual names it: <c>mount</c>.</param>
    /// <param name="errno">The kernel's error number.</param>
    /// <param name="subject">What the call was about (a path, a pid), for the message; null for nothing.</param>
    public LinuxException(string call, Errno errno, object? subject = null)
        : base(CodeOf(errno), Describe(call, errno, subject))
    {
        Call = call;
        Errno = errno;
    }

    /// <summary>The call as the manual names it.</summary>
    public string Call { get; }

    /// <summary>The kernel's error number.</summary>
    public Errno Errno { get; }

    /// <summary>Describes the call that this thread made last through an import with SetLastError.</summary>
    /// <inheritdoc cref="LinuxException(string, Errno, object?)"/>
    public static LinuxException FromLastError(string call, object? subject = null) => new(call, LastErrno(), subject);

    /// <summary>The error number of the call that this thread made last through an import with SetLastError.</summary>
    public static Errno LastErrno() => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>The kernel's words for an error number: "no such file or directory (ENOENT)".</summary>
    public static string Explain(Errno errno)
    {
        string words = Marshal.GetPInvokeErrorMessage((int)errno);
        return words.Length > 0
            ? $"{char.ToLowerInvariant(words[0])}{words[1..]} ({errno})"
            : $"error {(int)errno}";
    }

    /// <summary>The code that an error number stands for.</summary>
    public static ErrorCode CodeOf(Errno errno) => errno switch
    {
        Errno.ENOENT or Errno.ESRCH => ErrorCode.NotFound,
        Errno.EEXIST => ErrorCode.AlreadyExists,
        Errno.EPERM or Errno.EACCES or Errno.EROFS => ErrorCode.PermissionDenied,
        Errno.EINVAL or Errno.ENOTDIR or Errno.EISDIR or Errno.ELOOP or Errno.ENAMETOOLONG or Errno.ERANGE or Errno.EDOM or Errno.E2BIG or Errno.EOVERFLOW
            or Errno.ENOTBLK or Errno.EILSEQ or Errno.ENOEXEC or Errno.EXDEV or Errno.ESPIPE => ErrorCode.InvalidArgument,
        Errno.ENOMEM or Errno.EMFILE or Errno.ENFILE or Errno.ENOSPC or Errno.EDQUOT or Errno.EFBIG or Errno.EMLINK or Errno.ENOBUFS or Errno.EUSERS or Errno.EAGAIN
            => ErrorCode.ResourceExhausted,
        Errno.EBUSY or Errno.ETXTBSY or Errno.ENOTEMPTY or Errno.ENODEV or Errno.ENXIO or Errno.EADDRINUSE or Errno.EADDRNOTAVAIL or Errno.ENETDOWN
            or Errno.ENETUNREACH or Errno.EHOSTUNREACH => ErrorCode.FailedPrecondition,
        Errno.ENOSYS or Errno.EOPNOTSUPP or Errno.EPROTONOSUPPORT or Errno.EAFNOSUPPORT => ErrorCode.Unsupported,
        Errno.ETIMEDOUT => ErrorCode.DeadlineExceeded,
        Errno.ECONNREFUSED or Errno.ECONNRESET or Errno.EPIPE => ErrorCode.Unavailable,
        _ => ErrorCode.Internal,
    };

    private static string Describe(string call, Errno errno, object? subject)
    {
        string what = subject is null ? call : $"{call} {Printable.Escape(subject.ToString() ?? string.Empty, maxLength: 512)}";
        return $"{what}: {Explain(errno)}";
    }
}
