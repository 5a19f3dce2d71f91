namespace Kata.Linux.Security;

/// <summary>Resources that setrlimit(2) limits, with the kernel's numbers for x86-64 and arm64.</summary>
public enum ResourceLimit
{
    /// <summary>CPU time in seconds.</summary>
    Cpu = 0,

    /// <summary>Size of a file in bytes.</summary>
    FileSize = 1,

    /// <summary>Size of the data segment in bytes.</summary>
    Data = 2,

    /// <summary>Size of the stack in bytes.</summary>
    Stack = 3,

    /// <summary>Size of a core dump in bytes.</summary>
    Core = 4,

    /// <summary>Resident memory in bytes; the kernel ignores it.</summary>
    ResidentMemory = 5,

    /// <summary>Processes of the user.</summary>
    Processes = 6,

    /// <summary>One more than the highest descriptor.</summary>
    OpenFiles = 7,

    /// <summary>Locked memory in bytes.</summary>
    LockedMemory = 8,

    /// <summary>Address space in bytes.</summary>
    AddressSpace = 9,

    /// <summary>File locks; the kernel ignores it.</summary>
    Locks = 10,

    /// <summary>Queued signals.</summary>
    PendingSignals = 11,

    /// <summary>Bytes in POSIX message queues.</summary>
    MessageQueues = 12,

    /// <summary>Ceiling of the nice value, as 20 minus nice.</summary>
    Nice = 13,

    /// <summary>Ceiling of the real-time priority.</summary>
    RealTimePriority = 14,

    /// <summary>Real-time CPU time without a blocking call, in microseconds.</summary>
    RealTimeCpu = 15,
}
