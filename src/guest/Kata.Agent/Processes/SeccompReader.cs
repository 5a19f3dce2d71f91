using Kata.Linux.Security;
using Kata.Protocols.Oci;

namespace Kata.Agent.Processes;

/// <summary>Compiles the system call filter of a spec.</summary>
internal static class SeccompReader
{
    private const uint DefaultErrno = 1; // EPERM

    /// <summary>Compiles a filter; null when there is none.</summary>
    /// <exception cref="Kata.Primitives.KataException">InvalidArgument: it names unknown actions, comparisons or flags.</exception>
    public static SeccompProgram? Compile(LinuxSeccomp? seccomp)
    {
        if (seccomp is null || seccomp.DefaultAction.Length == 0)
        {
            return null;
        }

        var rules = new List<SeccompRule>(seccomp.Syscalls.Count);
        foreach (LinuxSyscall entry in seccomp.Syscalls)
        {
            var conditions = new List<SeccompCondition>(entry.Args.Count);
            foreach (LinuxSeccompArg argument in entry.Args)
            {
                conditions.Add(SeccompNames.ParseCondition((uint)Math.Min(argument.Index, uint.MaxValue), argument.Value, argument.ValueTwo, argument.Op));
            }

            // The protocol cannot say "not set": 0 is no errno anybody would ask for.
            uint errno = entry.Errnoret == 0 ? DefaultErrno : entry.Errnoret;
            rules.Add(new SeccompRule(entry.Names, SeccompNames.ParseAction(entry.Action, errno), conditions));
        }

        var architectures = new List<SeccompArchitecture>(seccomp.Architectures.Count);
        foreach (string name in seccomp.Architectures)
        {
            if (SeccompNames.ParseArchitecture(name) is { } architecture)
            {
                architectures.Add(architecture);
            }
        }

        SeccompFlags flags = default;
        foreach (string name in seccomp.Flags)
        {
            flags |= SeccompNames.ParseFlag(name);
        }

        return SeccompProgram.Compile(new SeccompFilter
        {
            DefaultAction = SeccompNames.ParseAction(seccomp.DefaultAction, seccomp.HasDefaultErrnoRet ? seccomp.DefaultErrnoRet : DefaultErrno),
            Architectures = architectures,
            Flags = flags,
            Rules = rules,
        });
    }
}
