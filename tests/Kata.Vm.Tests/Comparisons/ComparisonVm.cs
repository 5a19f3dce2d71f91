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
            if (Directory.Exists(group))
            {
                Directory.Delete(group);
            }
        }
    }
}
