using Kata.Oci.Runtime;
using Proto = Kata.Protocols.Oci;

namespace Kata.Runtime.Specs;

/// <summary>Turns a seccomp profile into the agent's message.</summary>
internal static class SeccompBuilder
{
    // EPERM is what agents return anyway; a policy may not know the field.
    private const uint DefaultErrno = 1;

    public static Proto.LinuxSeccomp Build(LinuxSeccomp profile)
    {
        var message = new Proto.LinuxSeccomp { DefaultAction = profile.DefaultAction };
        if (profile.DefaultErrnoRet is { } errno and not DefaultErrno)
        {
            message.DefaultErrnoRet = errno;
        }

        message.Architectures.AddRange(profile.Architectures);
        message.Flags.AddRange(profile.Flags);
        message.Syscalls.AddRange(profile.Syscalls.Select(Build));
        return message;
    }

    private static Proto.LinuxSyscall Build(LinuxSyscall rule)
    {
        var message = new Proto.LinuxSyscall { Action = rule.Action, Errnoret = rule.ErrnoRet ?? 0 };
        message.Names.AddRange(rule.Names);
        message.Args.AddRange(rule.Args.Select(
            argument => new Proto.LinuxSeccompArg { Index = argument.Index, Value = argument.Value, ValueTwo = argument.ValueTwo, Op = argument.Op }));
        return message;
    }
}
