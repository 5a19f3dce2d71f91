using Kata.Linux.Cgroups;
using Kata.Vm.Tests.Guests;

namespace Kata.Vm.Tests.Comparisons;

/// <summary>One VM and one directory of bundles for all cases.</summary>
public class ComparisonVm : IAsyncLifetime
{
    private readonly AgentVm _vm;
    private readonly string _directory = Directory.CreateTempSubdirectory("kata-compare-").FullName;

    /// <summary>A guest with the version of cgroups that the host, and so runc, has.</summary>
    public ComparisonVm()
        : this(unified: CgroupHierarchy.Detect().Version == CgroupVersion.V2)
    {
    }

    private protected ComparisonVm(bool unified) => _vm = new AgentVm { KernelParameters = { $"agent.unified_cgroup_hierarchy={(unified ? 1 : 0)}" } };

    internal AgentRunner Agent { get; private set; } = null!;

    internal RuncRunner Runc { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        string rootfs = Path.Combine(_directory, "rootfs");
        File.SetUnixFileMode(_directory, (UnixFileMode)0x1ED); // 0755: root of a user namespace has to get through
        BusyboxRootfs.MakeIn(rootfs);
        await _vm.BootAsync();
        Agent = new AgentRunner(_vm);
        Runc = new RuncRunner(_directory, rootfs);
    }

    public async ValueTask DisposeAsync()
    {
        await _vm.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        foreach (string hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup"))
        {
            string group = Path.Combine(hierarchy, "kata-compare");
            await RemoveAsync(group);
        }
    }

    // A group is busy until the last process in it has been reaped, and runc removes those below by itself.
    private static async Task RemoveAsync(string group)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (Directory.Exists(group))
        {
            try
            {
                foreach (string below in Directory.EnumerateDirectories(group))
                {
                    Directory.Delete(below);
                }

                Directory.Delete(group);
            }
            catch (IOException) when (!deadline.IsCancellationRequested)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}
