using System.Runtime.InteropServices;
using Kata.Primitives;

namespace Kata.Linux.Processes;

/// <summary>
/// A small piece of machine code that makes a child process and, in the child, works through a table of system calls. It is all that runs between clone and
/// execve.
/// </summary>
/// <remarks>
/// <para>
/// Nothing managed may run in such a child: a copied process has one thread only, so a child that meets the garbage collector's safepoint waits for ever for
/// threads that it has not got. The code also uses no libc, no thread-local storage and, in the child, no stack. So the child may share the parent's memory
/// (and even its stack pointer) while the parent runs on, or be a copy of it, and both are safe whatever the parent's other threads do.
/// </para>
/// <para>
/// In C: block all signals; make the call that makes the child (<see cref="CloneCall"/>); in the parent restore the mask and return the pid or the negated
/// errno. In the child, for each step: take the first argument from <c>load</c> if set, make the call, keep the result in <c>store</c> if set; a result below
/// <c>minimum</c> whose errno is not in the set <c>ignore</c> ends the child: it writes the report (index of the step, errno, and the slots behind them) to the
/// report descriptor and exits with 127. A table that comes to its end without an execve is reported as index = count, errno 0.
/// </para>
/// </remarks>
internal static unsafe partial class ChildInterpreter
{
    private const int ProtectRead = 1;
    private const int ProtectExecute = 4;

    private static readonly delegate* unmanaged<LaunchBlock*, nint> Entry = Load();

    /// <summary>Makes the child.</summary>
    /// <param name="block">Native memory that outlives the child's way to execve.</param>
    /// <returns>The pid, or the negated errno of the call that makes the child.</returns>
    internal static nint Run(LaunchBlock* block) => Entry(block);

    private static delegate* unmanaged<LaunchBlock*, nint> Load()
    {
        ReadOnlySpan<byte> code = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => ChildInterpreterX64.Code,
            Architecture.Arm64 => MemoryMarshal.AsBytes(ChildInterpreterArm64.Code),
            var other => throw KataException.Unsupported($"processes cannot be started on {other}: there is a child interpreter for x86-64 and arm64 only"),
        };

        void* page = (void*)LaunchMemory.AllocatePages(code.Length);

        // Never writable and executable at once. On arm64 the kernel makes the caches coherent when a page becomes executable.
        code.CopyTo(new Span<byte>(page, Environment.SystemPageSize));
        return ProtectMemory(page, Environment.SystemPageSize, ProtectRead | ProtectExecute) == 0
            ? (delegate* unmanaged<LaunchBlock*, nint>)page
            : throw LinuxException.FromLastError("mprotect");
    }

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int ProtectMemory(void* address, nint length, int protection);
}
