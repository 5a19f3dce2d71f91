using Kata.Oci.Runtime;
using Proto = Kata.Protocols.Oci;

namespace Kata.AgentCtl.Specs;

/// <summary>Turns the process of a <c>config.json</c> into the agent's message.</summary>
internal static class ProcessConversion
{
    /// <summary>Converts.</summary>
    /// <exception cref="Primitives.KataException">Unsupported: it has something that the protocol has no field for.</exception>
    public static Proto.Process Convert(Process process)
    {
        NoField.Refuse(("process.execCPUAffinity", process.ExecCpuAffinity is not null));
        return new Proto.Process
        {
            Terminal = process.Terminal,
            ConsoleSize = process.ConsoleSize is { } size ? new Proto.Box { Height = size.Height, Width = size.Width } : null,
            User = Convert(process.User ?? new User()),
            Args = { process.Args },
            Env = { process.Env },
            Cwd = process.Cwd,
            Capabilities = process.Capabilities is { } capabilities ? Convert(capabilities) : null,
            Rlimits = { process.Rlimits.Select(limit => new Proto.POSIXRlimit { Type = limit.Type, Hard = limit.Hard, Soft = limit.Soft }) },
            NoNewPrivileges = process.NoNewPrivileges,
            ApparmorProfile = process.ApparmorProfile ?? "",
            OOMScoreAdj = process.OomScoreAdj ?? 0,
            SelinuxLabel = process.SelinuxLabel ?? "",
            IOPriority = process.IoPriority is { } priority ? new Proto.LinuxIOPriority { Class = priority.Class, Priority = priority.Priority } : null,
            Scheduler = process.Scheduler is { } scheduler ? Convert(scheduler) : null,
        };
    }

    private static Proto.User Convert(User user)
    {
        var message = new Proto.User { UID = user.Uid, GID = user.Gid, AdditionalGids = { user.AdditionalGids }, Username = user.Username ?? "" };
        if (user.Umask is { } umask)
        {
            message.Umask = umask;
        }

        return message;
    }

    private static Proto.LinuxScheduler Convert(LinuxScheduler scheduler) => new()
    {
        Policy = scheduler.Policy,
        Nice = scheduler.Nice,
        Priority = scheduler.Priority,
        Flags = { scheduler.Flags },
        Runtime = scheduler.Runtime,
        Deadline = scheduler.Deadline,
        Period = scheduler.Period,
    };

    private static Proto.LinuxCapabilities Convert(LinuxCapabilities sets) => new()
    {
        Bounding = { sets.Bounding },
        Effective = { sets.Effective },
        Inheritable = { sets.Inheritable },
        Permitted = { sets.Permitted },
        Ambient = { sets.Ambient },
    };
}
