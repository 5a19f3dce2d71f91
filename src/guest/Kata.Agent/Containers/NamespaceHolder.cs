using Kata.Linux;
using Kata.Linux.Processes;

namespace Kata.Agent.Containers;

/// <summary>A process that does nothing but be in new namespaces until this is disposed, so that they can be set up and opened meanwhile.</summary>
internal sealed class NamespaceHolder : IAsyncDisposable
{
    private readonly Fd _open;
    private readonly LaunchedProcess _process;
    private readonly Task<ExitStatus> _exit;

    private NamespaceHolder(Fd open, LaunchedProcess process, Task<ExitStatus> exit)
    {
        _open = open;
        _process = process;
        _exit = exit;
    }

    /// <summary>Its process id.</summary>
    public int Pid => _process.Pid;

    /// <summary>Starts it.</summary>
    /// <param name="reaper">Reaps it.</param>
    /// <param name="kinds">The namespaces.</param>
    /// <exception cref="LinuxException">As clone(2); EINVAL, ENOSPC: the kernel has no such namespaces, or too many.</exception>
    public static NamespaceHolder Start(ChildReaper reaper, CloneFlags kinds)
    {
        (Fd wait, Fd open) = Fd.Pipe();
        using (wait)
        {
            try
            {
                // It never gets as far as executing anything: the gate is closed, not opened, and that ends it.
                using var program = new ProcessProgram();
                program.ForbidTracing().ReadByte(wait).Execute("/", ["namespaces"], []);
                (LaunchedProcess process, Task<ExitStatus> exit) = reaper.Launch(program, new LaunchOptions { Namespaces = kinds });
                return new NamespaceHolder(open, process, exit);
            }
            catch
            {
                open.Dispose();
                throw;
            }
        }
    }

    /// <summary>Ends it and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        _open.Dispose();
        await _exit.ConfigureAwait(false);
        _process.Dispose();
    }
}
