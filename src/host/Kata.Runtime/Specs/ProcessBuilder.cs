using Kata.Oci.Runtime;
using Proto = Kata.Protocols.Oci;

namespace Kata.Runtime.Specs;

/// <summary>Turns a process of an OCI spec into the agent's message. Host security labels stay behind: the guest has no such policies.</summary>
public static class ProcessBuilder
{
    /// <summary>Builds the message.</summary>
    public static Proto.Process Build(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        var message = new Proto.Process
        {
            Terminal = process.Terminal,
            ConsoleSize = process.ConsoleSize is { } size ? new Proto.Box { Height = size.Height, Width = size.Width } : null,
            User = Build(process.User ?? new User()),
            Cwd = process.Cwd,
            Capabilities = process.Capabilities is null ? null : Build(process.Capabilities),
            NoNewPrivileges = process.NoNewPrivileges,
            ApparmorProfile = process.ApparmorProfile ?? string.Empty,
            OOMScoreAdj = process.OomScoreAdj ?? 0,
            IOPriority = process.IoPriority is { } priority ? new Proto.LinuxIOPriority { Class = priority.Class, Priority = priority.Priority } : null,
            Scheduler = process.Scheduler is null ? null : Build(process.Scheduler),
        };
        message.Args.AddRange(process.Args);
        message.Env.AddRange(process.Env);
        message.Rlimits.AddRange(process.Rlimits.Select(limit => new Proto.POSIXRlimit { Type = limit.Type, Hard = limit.Hard, Soft = limit.Soft }));
        return message;
    }

    private static Proto.User Build(User user)
    {
        var message = new Proto.User { UID = user.Uid, GID = user.Gid, Username = user.Username ?? string.Empty };
        message.AdditionalGids.AddRange(user.AdditionalGids);
        if (user.Umask is { } umask)
        {
            message.Umask = umask;
        }

        return message;
    }

    private static Proto.LinuxScheduler Build(LinuxScheduler scheduler)
    {
        var message = new Proto.LinuxScheduler
        {
            Policy = scheduler.Policy,
            Nice = scheduler.Nice,
            Priority = scheduler.Priority,
            Runtime = scheduler.Runtime,
            Deadline = scheduler.Deadline,
            Period = scheduler.Period,
        };
        message.Flags.AddRange(scheduler.Flags);
        return message;
    }

    private static Proto.LinuxCapabilities Build(LinuxCapabilities capabilities)
    {
        var message = new Proto.LinuxCapabilities();
        message.Bounding.AddRange(capabilities.Bounding);
        message.Effective.AddRange(capabilities.Effective);
        message.Inheritable.AddRange(capabilities.Inheritable);
        message.Permitted.AddRange(capabilities.Permitted);
        message.Ambient.AddRange(capabilities.Ambient);
        return message;
    }
}
