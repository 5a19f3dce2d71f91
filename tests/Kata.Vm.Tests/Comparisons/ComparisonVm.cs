using Kata.Vm.Tests.Guests;

namespace Kata.Vm.Tests.Comparisons;

/// <summary>One VM and one directory of bundles for all cases.</summary>
public sealed class ComparisonVm : IAsyncLifetime
{
    private readonly AgentVm _vm = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("kata-compare-").FullName;

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
