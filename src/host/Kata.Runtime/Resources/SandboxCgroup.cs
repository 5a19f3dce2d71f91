using System.Globalization;
using Kata.Linux.Cgroups;
using Kata.Primitives;
using Kata.Runtime.Sandboxes;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Resources;

/// <summary>
/// The host cgroup of a sandbox's VMM and helpers, beside the one the client named for the container: so a limit on their parent, the pod's, counts them.
/// A host that does not allow one is a warning, not an error.
/// </summary>
internal sealed class SandboxCgroup
{
    private static readonly TimeSpan RemoveTime = TimeSpan.FromSeconds(2);

    private readonly ICgroup? _group;
    private readonly ILogger _logger;

    private SandboxCgroup(ICgroup? group, ILogger logger)
    {
        _group = group;
        _logger = logger;
    }

    /// <summary>The cgroup, relative to the hierarchies' roots; empty: none was made.</summary>
    public string Path => _group?.Path ?? string.Empty;

    /// <summary>Makes it.</summary>
    public static SandboxCgroup Create(SandboxOptions options)
    {
        ICgroup? group = null;
        Teardown.Run(options.Logger, $"make a cgroup for sandbox {options.Id}; it runs in its parent's", () =>
            group = CgroupHierarchy.Detect().Create(SandboxCgroupPath.Of(options.CgroupsPath, options.Id)));
        return new SandboxCgroup(group, options.Logger);
    }

    /// <summary>Moves processes in, with the children they have by now. Runs while the guest boots, since entering a cgroup waits for the kernel.</summary>
    public void Add(IEnumerable<int> processes)
    {
        foreach (int process in processes)
        {
            if (_group is not null && Teardown.Run(_logger, $"move process {process} to cgroup {Path}", () => _group.AddProcess(process)))
            {
                Teardown.Run(_logger, $"look for children of process {process}", () => Add(ChildrenOf(process)));
            }
        }
    }

    /// <summary>Removes one that another process left.</summary>
    public static async Task RemoveAsync(string path, ILogger logger)
    {
        if (path.Length > 0)
        {
            await Teardown.RunAsync(
                logger, $"remove cgroup {path}", async () => await RemoveAsync(CgroupHierarchy.Detect().Open(path)).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>Removes it; its processes have ended.</summary>
    public async Task RemoveAsync()
    {
        if (_group is not null)
        {
            await Teardown.RunAsync(_logger, $"remove cgroup {Path}", async () => await RemoveAsync(_group).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private static int[] ChildrenOf(int process)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task/{process}/children");
        return File.Exists(path)
            ? [.. File.ReadAllText(path).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))]
            : [];
    }

    private static Task RemoveAsync(ICgroup group) => group.DeleteAsync(RemoveTime, CancellationToken.None);
}
