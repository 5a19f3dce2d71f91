using System.Globalization;
using System.Text;
using Kata.Linux;
using Kata.Linux.Processes;

namespace Kata.Agent.Processes;

/// <summary>Writes down what a container's process does between clone and execve. The order matters; each group says why it stands where it does.</summary>
internal static class ContainerProgram
{
    private const uint DefaultUmask = 0x12; // 0022

    /// <summary>Builds the program.</summary>
    public static ProcessProgram Build(ProcessPlan plan)
    {
        var program = new ProcessProgram();
        try
        {
            AddPlacement(program, plan);
            if (plan.InitMounts is { } mounts)
            {
                mounts.AddTo(program);
                AddGate(program, plan.HookGate);
                mounts.AddPivotTo(program);
            }

            AddStdio(program, plan);
            AddCredentials(program, plan);
            AddStart(program, plan);
            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    private static void AddPlacement(ProcessProgram program, ProcessPlan plan)
    {
        // Until execve the child holds a copy of the agent's memory: nobody in the container may look into it (CVE-2016-9962). It may have been
        // born in the container's cgroup: no matter, for while it has all capabilities only CAP_SYS_PTRACE opens it, whether or not this step has been taken.
        program.ForbidTracing();

        // The cgroup, if it was not born there, comes before anything that could allocate or fork; the score needs the guest's own /proc.
        foreach (Fd cgroup in plan.Cgroups)
        {
            program.JoinCgroup(cgroup);
        }

        program.WriteFile("/proc/self/oom_score_adj", Encoding.ASCII.GetBytes(plan.OomScoreAdjustment.ToString(CultureInfo.InvariantCulture)));
        plan.Traits.AddLabelTo(program); // the same: later there may be no /proc, or not the guest's
        if (plan.NewTimeOffsets is { } offsets)
        {
            program.Unshare(CloneFlags.NewTime);
            if (offsets.Length > 0)
            {
                program.WriteFile("/proc/self/timens_offsets", Encoding.ASCII.GetBytes(offsets));
            }

            program.SetNamespace("/proc/self/ns/time_for_children", CloneFlags.NewTime); // else only children were in it
        }

        foreach ((Fd target, CloneFlags kind) in plan.Namespaces)
        {
            program.SetNamespace(target, kind);
        }

        if (plan.NewCgroupNamespace)
        {
            program.Unshare(CloneFlags.NewCgroup);
        }
    }

    private static void AddGate(ProcessProgram program, StartGate? gate)
    {
        if (gate is not null)
        {
            program.WriteFile(gate.Ready, "\0"u8).ReadByte(gate.Wait);
        }
    }

    private static void AddStdio(ProcessProgram program, ProcessPlan plan)
    {
        for (int i = 0; i < plan.Stdio.Count; i++)
        {
            program.Duplicate(plan.Stdio[i], i);
        }

        program.SetSession();
        if (plan.Terminal)
        {
            program.SetControllingTerminal(0);
        }
    }

    private static void AddCredentials(ProcessProgram program, ProcessPlan plan)
    {
        foreach ((Linux.Security.ResourceLimit limit, ulong soft, ulong hard) in plan.Limits)
        {
            program.SetRlimit(limit, soft, hard);
        }

        program.SetUmask(plan.Traits.Umask ?? DefaultUmask);
        plan.Traits.AddTo(program);

        // As root, like runc: the directory may be one that only root can enter.
        program.ChangeDirectory(plan.WorkingDirectory).RequireDirectoryInRoot();
        if (plan.UserNamespace is { } users)
        {
            program.SetNamespace(users, CloneFlags.NewUser);
            if (plan.InitMounts is not null)
            {
                // A copy of the mounts that belongs to the user namespace: root in there can mount, but not take away what is mounted over something else.
                program.Unshare(CloneFlags.NewNs);
            }
        }

        if (!plan.NoNewPrivileges && plan.Seccomp is { } early)
        {
            program.LoadSeccomp(early); // needs CAP_SYS_ADMIN, which is about to go
        }

        CapabilityPlan capabilities = plan.Capabilities;
        program
            .DropBounding(capabilities.Bounding)
            .KeepCapabilities(true)
            .SetGroups(plan.Identity.Groups)
            .SetGid(plan.Identity.Gid)
            .SetUid(plan.Identity.Uid)
            .SetCapabilities(capabilities.Effective, capabilities.Permitted, capabilities.Inheritable)
            .RaiseAmbient(capabilities.Ambient, Errno.EPERM);
        if (plan.NoNewPrivileges)
        {
            program.NoNewPrivileges();
        }
    }

    private static void AddStart(ProcessProgram program, ProcessPlan plan)
    {
        AddGate(program, plan.Gate);
        if (plan.NoNewPrivileges && plan.Seccomp is { } late)
        {
            program.LoadSeccomp(late);
        }

        program.Execute(plan.Candidates, plan.Arguments, plan.Environment);
    }
}
