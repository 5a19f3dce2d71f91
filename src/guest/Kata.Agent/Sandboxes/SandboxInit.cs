using Kata.Agent.Storage;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Processes;

namespace Kata.Agent.Sandboxes;

/// <summary>
/// The first process of a pid namespace that the sandbox's containers share, so that it outlives each of them. Containers see it, and as root may even trace it:
/// so it is in namespaces of its own, in an empty root, without privileges, and executes a program that has nothing in it.
/// </summary>
internal sealed class SandboxInit : IAsyncDisposable
{
    private const int SigKill = 9;
    private const int SigChild = 17;
    private const uint Nobody = 65534;
    private const CloneFlags Own = CloneFlags.NewPid | CloneFlags.NewNs | CloneFlags.NewIpc | CloneFlags.NewUts | CloneFlags.NewNet;

    private readonly LaunchedProcess _process;
    private readonly Task<ExitStatus> _exit;

    private SandboxInit(LaunchedProcess process, Task<ExitStatus> exit)
    {
        _process = process;
        _exit = exit;
    }

    /// <summary>Its id in the guest.</summary>
    public int Pid => _process.Pid;

    /// <summary>Starts it, and returns when it has let go of everything of the agent's.</summary>
    /// <exception cref="LaunchException">It could not be set up.</exception>
    public static async Task<SandboxInit> StartAsync(ChildReaper reaper)
    {
        using Fd file = MemoryFile.Containing("pause", PauseProgram.Make());
        SandboxInit init = Launch(reaper, file);
        try
        {
            await init._process.Executed.ConfigureAwait(false);
            return init;
        }
        catch
        {
            await init.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends it, and whatever is left in its pid namespace with it.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.PidFd.TrySignal(SigKill);
        await _exit.ConfigureAwait(false);
        _process.Dispose();
    }

    private static SandboxInit Launch(ChildReaper reaper, Fd file)
    {
        const ulong Private = (ulong)(MountFlags.Recursive | MountFlags.Private);
        const ulong Empty = (ulong)(MountFlags.ReadOnly | MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute);
        using var program = new ProcessProgram();
        program
            .ForbidTracing()
            .IgnoreSignal(SigChild) // orphans of the namespace are its children
            .WriteFile("/proc/self/oom_score_adj", "-998"u8, Errno.EACCES, Errno.EPERM)
            .SetSession()
            .Mount(source: null, "/", type: null, Private, data: null)
            .Mount("tmpfs", GuestPaths.Root, "tmpfs", Empty, "size=0k,mode=555")
            .ChangeDirectory(GuestPaths.Root)
            .PivotRootHere()
            .DropBounding(default)
            .SetGroups()
            .SetGid(Nobody)
            .SetUid(Nobody)
            .NoNewPrivileges()
            .Execute(file, ["pause"], []);
        (LaunchedProcess process, Task<ExitStatus> exit) = reaper.Launch(program, new LaunchOptions { Namespaces = Own });
        return new SandboxInit(process, exit);
    }
}
