using System.Globalization;
using System.Text;
using Kata.Agent.Rootfs;
using Kata.Linux;
using Kata.Linux.Mounts;
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
                AddMounts(program, mounts);
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
        // Until execve the child holds a copy of the agent's memory: nobody in the container may look into it (CVE-2016-9962).
        program.ForbidTracing();

        // The cgroup comes before anything that could allocate or fork; the score needs the guest's own /proc.
        foreach (Fd cgroup in plan.Cgroups)
        {
            program.JoinCgroup(cgroup);
        }

        program.WriteFile("/proc/self/oom_score_adj", Encoding.ASCII.GetBytes(plan.OomScoreAdjustment.ToString(CultureInfo.InvariantCulture)));
        foreach ((Fd target, CloneFlags kind) in plan.Namespaces)
        {
            program.SetNamespace(target, kind);
        }

        if (plan.NewCgroupNamespace)
        {
            program.Unshare(CloneFlags.NewCgroup);
        }
    }

    private static void AddMounts(ProcessProgram program, InitMounts mounts)
    {
        const ulong Bind = (ulong)(MountFlags.Bind | MountFlags.Recursive);
        const ulong Locked = (ulong)(MountFlags.Bind | MountFlags.Remount | MountFlags.ReadOnly | MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute);
        foreach (InitMounts.ProcMount proc in mounts.Proc)
        {
            program.Mount("proc", proc.Target, "proc", (ulong)proc.Flags, proc.Data);
        }

        foreach ((DetachedMount mount, string target) in mounts.OverProc)
        {
            program.AttachMount(mount, target);
        }

        foreach (string path in mounts.ReadOnly)
        {
            program.Mount(path, path, type: null, Bind, data: null, Errno.ENOENT, Errno.ENOTDIR);
            program.Mount(source: null, path, type: null, Locked, data: null, Errno.ENOENT, Errno.ENOTDIR);
        }

        if (mounts.NullDevice is { } device)
        {
            // Whether a path is a file or a directory shows only here: the mount of the wrong kind changes nothing and fails, a file over a directory with
            // EINVAL, a directory over a file with ENOTDIR.
            const ulong Empty = (ulong)(MountFlags.ReadOnly | MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute);
            foreach (string path in mounts.Masked)
            {
                program.BindFrom(device, path, Errno.ENOENT, Errno.ENOTDIR, Errno.EINVAL);
                program.Mount("tmpfs", path, "tmpfs", Empty, "size=0k", Errno.ENOENT, Errno.ENOTDIR);
            }
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

        program.SetUmask(DefaultUmask);

        // As root, like runc: the directory may be one that only root can enter.
        program.ChangeDirectory(plan.WorkingDirectory);
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
        if (plan.Gate is { } gate)
        {
            program.WriteFile(gate.Ready, "\0"u8).ReadByte(gate.Wait);
        }

        if (plan.NoNewPrivileges && plan.Seccomp is { } late)
        {
            program.LoadSeccomp(late);
        }

        program.Execute(plan.Candidates, plan.Arguments, plan.Environment);
    }
}
