using Kata.Agent.Devices;
using Kata.Agent.Processes;
using Kata.Linux;
using Kata.Protocols.Agent;
using OciProcess = Kata.Protocols.Oci.Process;

namespace Kata.Agent.Containers;

/// <summary>Makes a further process in a container.</summary>
internal static class AddedProcess
{
    /// <summary>Makes it; its execution is awaited by the caller.</summary>
    public static GuestProcess Launch(ExecProcessRequest request, ContainerParts container, ProcessStarter starter, int pipeSize)
    {
        OciProcess process = request.Process;
        PciEnvironment.Rewrite(process.Env, container.GuestNames);
        InheritLabels(process, container.Facts);
        ProcessDetails details = ProcessDetails.Resolve(container.Root, process, request.StringUser, createDirectory: false);
        IReadOnlyList<(Linux.Security.ResourceLimit, ulong, ulong)> limits = ProcessDetails.Limits(process);
        ProcessTraits traits = ProcessTraitsReader.Read(process, container.Facts.Personality);
        uint owner = container.Namespaces.Ids.User(details.Identity.Uid);
        using ProcessStdio stdio = process.Terminal
            ? ProcessStdio.OnTerminal(TerminalPair.Open(container.Root, process.ConsoleSize), owner, starter.Time)
            : ProcessStdio.Pipes(owner, pipeSize, starter.Time, () => container.Cgroup.Group.MemoryLimit);
        try
        {
            using OpenCgroups cgroups = container.Cgroup.OpenProcessFiles();
            var plan = new ProcessPlan
            {
                Cgroups = cgroups.Files,
                Namespaces = container.Namespaces.ToEnter,
                UserNamespace = container.Namespaces.User?.Handle,
                Traits = traits,
                Stdio = stdio.ChildSide,
                Terminal = process.Terminal,
                Identity = details.Identity,
                Capabilities = CapabilityPlan.From(process.Capabilities ?? container.Facts.Capabilities),
                Limits = limits,
                OomScoreAdjustment = (int)Math.Clamp(process.OOMScoreAdj, -1000, 1000),
                NoNewPrivileges = process.NoNewPrivileges,
                Seccomp = container.Seccomp,
                WorkingDirectory = details.WorkingDirectory,
                Candidates = details.Candidates,
                Arguments = process.Args,
                Environment = details.Environment,
            };
            Fd? pidNamespace = container.Namespaces.Pid?.Handle;
            return starter.Start(request.ExecId, plan, stdio, pidNamespace);
        }
        catch
        {
            stdio.Streams.Dispose();
            throw;
        }
    }

    // A process that says nothing of labels is confined as its container is, not free.
    private static void InheritLabels(OciProcess process, ContainerFacts first)
    {
        process.ApparmorProfile = process.ApparmorProfile.Length > 0 ? process.ApparmorProfile : first.ApparmorProfile;
        process.SelinuxLabel = process.SelinuxLabel.Length > 0 ? process.SelinuxLabel : first.SelinuxLabel;
    }
}
