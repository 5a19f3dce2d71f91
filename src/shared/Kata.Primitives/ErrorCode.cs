namespace Kata.Primitives;

/// <summary>
/// What went wrong, in the terms every edge can express: each maps to one gRPC status code, exit code and HTTP status.
/// The numbers are those of the gRPC status codes.
/// </summary>
public enum ErrorCode
{
    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>No better description exists.</summary>
    Unknown = 2,

    /// <summary>The request itself is wrong, whatever the state.</summary>
    InvalidArgument = 3,

    /// <summary>The time allowed ran out.</summary>
    DeadlineExceeded = 4,

    /// <summary>The named object does not exist.</summary>
    NotFound = 5,

    /// <summary>The named object exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A limit was reached: memory, descriptors, space, count.</summary>
    ResourceExhausted = 8,

    /// <summary>The request does not fit the present state.</summary>
    FailedPrecondition = 9,

    /// <summary>This build, machine or VMM cannot do it.</summary>
    Unsupported = 12,

    /// <summary>An invariant of ours broke.</summary>
    Internal = 13,

    /// <summary>The other side is not there, or not there yet.</summary>
    Unavailable = 14,
}
