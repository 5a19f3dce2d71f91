using System.Runtime.InteropServices;
using Kata.Linux.Security;

namespace Kata.Linux.Processes;

/// <summary>Steps about users, groups and capabilities.</summary>
/// <remarks>
/// The order that works: <see cref="DropBounding"/>, <see cref="KeepCapabilities"/>, groups, gid, uid, <see cref="SetCapabilities(ProcessProgram, CapabilitySet, CapabilitySet, CapabilitySet)"/>,
/// <see cref="RaiseAmbient"/>, <see cref="NoNewPrivileges"/>.
/// </remarks>
public static unsafe partial class CredentialSteps
{
    private const int SetKeepCapabilities = 8; // PR_SET_KEEPCAPS
    private const int DropFromBounding = 24; // PR_CAPBSET_DROP
    private const int SetNoNewPrivileges = 38; // PR_SET_NO_NEW_PRIVS
    private const int Ambient = 47; // PR_CAP_AMBIENT
    private const int AmbientRaise = 2; // PR_CAP_AMBIENT_RAISE
    private const int AmbientClearAll = 4; // PR_CAP_AMBIENT_CLEAR_ALL
    private const uint CapabilityVersion3 = 0x20080522; // _LINUX_CAPABILITY_VERSION_3
    private const int ReadBounding = 23; // PR_CAPBSET_READ
    private const int MostCapabilities = 64;

    private static readonly int KernelCapabilities = CountCapabilities();
    private static readonly ProgramStep?[] Drops = new ProgramStep?[MostCapabilities];

    /// <summary>Sets the supplementary groups.</summary>
    public static ProcessProgram SetGroups(this ProcessProgram program, params ReadOnlySpan<uint> groups)
    {
        Of(program).ChangesCredentials = true;
        void* list = program.Arena.Copy(MemoryMarshal.AsBytes(groups));
        return program.Raw("set the supplementary groups", SystemCallNumbers.SetGroups, groups.Length, (long)list);
    }

    /// <summary>Sets the real, effective and saved group.</summary>
    public static ProcessProgram SetGid(this ProcessProgram program, uint gid)
    {
        Of(program).ChangesCredentials = true;
        return program.Raw($"set the group to {gid}", SystemCallNumbers.SetResGid, gid, gid, gid);
    }

    /// <summary>Sets the real, effective and saved user.</summary>
    public static ProcessProgram SetUid(this ProcessProgram program, uint uid)
    {
        Of(program).ChangesCredentials = true;
        return program.Raw($"set the user to {uid}", SystemCallNumbers.SetResUid, uid, uid, uid);
    }

    /// <summary>Whether a change of user from 0 keeps the permitted capabilities.</summary>
    public static ProcessProgram KeepCapabilities(this ProcessProgram program, bool keep) =>
        Of(program).Raw("keep capabilities", SystemCallNumbers.ProcessControl, SetKeepCapabilities, keep ? 1 : 0, 0, 0, 0);

    /// <summary>Sets effective, permitted and inheritable capabilities.</summary>
    public static ProcessProgram SetCapabilities(
        this ProcessProgram program, CapabilitySet effective, CapabilitySet permitted, CapabilitySet inheritable)
    {
        // struct __user_cap_header_struct { version, pid } and two of struct __user_cap_data_struct { effective, permitted, inheritable }, low bits first.
        uint* header = (uint*)Of(program).Arena.Allocate(2 * sizeof(uint));
        header[0] = CapabilityVersion3;
        uint* data = (uint*)program.Arena.Allocate(6 * sizeof(uint));
        ReadOnlySpan<ulong> sets = [effective.Bits, permitted.Bits, inheritable.Bits];
        for (int i = 0; i < sets.Length; i++)
        {
            data[i] = (uint)sets[i];
            data[i + 3] = (uint)(sets[i] >> 32);
        }

        return program.Raw("set the capabilities", SystemCallNumbers.SetCapabilities, (long)header, (long)data);
    }

    /// <summary>Sets effective and permitted capabilities alike and leaves nothing inheritable.</summary>
    public static ProcessProgram SetCapabilities(this ProcessProgram program, CapabilitySet set) =>
        program.SetCapabilities(set, set, CapabilitySet.Empty);

    /// <summary>Takes all capabilities but the given ones out of the bounding set.</summary>
    public static ProcessProgram DropBounding(this ProcessProgram program, CapabilitySet keep)
    {
        ArgumentNullException.ThrowIfNull(program);

        // Up to the kernel's last, not to the last that this build knows: a newer kernel's capabilities must go too.
        for (int capability = 0; capability < KernelCapabilities; capability++)
        {
            if ((keep.Bits >> capability & 1) == 0)
            {
                program.Add(Drops[capability] ??= new ProgramStep($"drop capability number {capability} from the bounding set", SystemCallNumbers.ProcessControl)
                {
                    Arguments = [DropFromBounding, capability, 0, 0, 0],
                });
            }
        }

        return program;
    }

    /// <summary>Sets the ambient capabilities: clears them all and raises the given ones, which must be permitted and inheritable.</summary>
    /// <param name="program">The program.</param>
    /// <param name="set">The capabilities.</param>
    /// <param name="ignore">Errnos of raising that do not matter: EPERM for those that are not both permitted and inheritable.</param>
    public static ProcessProgram RaiseAmbient(this ProcessProgram program, CapabilitySet set, params Errno[] ignore)
    {
        Of(program).Raw("clear the ambient capabilities", SystemCallNumbers.ProcessControl, Ambient, AmbientClearAll, 0, 0, 0);
        foreach (Capability capability in set)
        {
            program.Add(new ProgramStep($"raise the ambient capability number {(int)capability}", SystemCallNumbers.ProcessControl)
            {
                Arguments = [Ambient, AmbientRaise, (long)capability, 0, 0],
                Ignore = ignore,
            });
        }

        return program;
    }

    /// <summary>Forbids this process and its children to gain privileges by executing anything.</summary>
    public static ProcessProgram NoNewPrivileges(this ProcessProgram program) =>
        Of(program).Raw("set no_new_privs", SystemCallNumbers.ProcessControl, SetNoNewPrivileges, 1, 0, 0, 0);

    /// <summary>
    /// Loads a system call filter. It needs <see cref="NoNewPrivileges"/> or CAP_SYS_ADMIN, and applies to the steps after it, execve included.
    /// </summary>
    public static ProcessProgram LoadSeccomp(this ProcessProgram program, SeccompProgram filter)
    {
        const long SetModeFilter = 1; // SECCOMP_SET_MODE_FILTER
        ArgumentNullException.ThrowIfNull(filter);

        // struct sock_fprog { unsigned short len; struct sock_filter *filter; }
        long* description = (long*)Of(program).Arena.Allocate(2 * sizeof(long));
        description[0] = filter.Length;
        description[1] = (long)program.Arena.Copy(filter.Bytes);
        return program.Raw("load the system call filter", SystemCallNumbers.Seccomp, SetModeFilter, (long)filter.Flags, (long)description);
    }

    // The kernel knows the numbers from 0 up to one that only it can tell.
    private static int CountCapabilities()
    {
        int known = 0;
        int unknown = MostCapabilities;
        while (known + 1 < unknown)
        {
            int middle = (known + unknown) / 2;
            bool exists = ProcessControl(ReadBounding, middle, 0, 0, 0) >= 0;
            (known, unknown) = exists ? (middle, unknown) : (known, middle);
        }

        return unknown;
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nint second, nint third, nint fourth, nint fifth);

    private static ProcessProgram Of(ProcessProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program;
    }
}
