using System.Text;
using Kata.Agent.Containers;
using Kata.Linux;
using Kata.Linux.Cgroups;
using Kata.Linux.Mounts;
using Kata.Linux.Processes;

namespace Kata.Agent.Tests.Containers;

/// <summary>On directories with a file of the name that matters.</summary>
public sealed class OpenCgroupsTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public OpenCgroupsTests()
    {
        Directory.CreateDirectory(Path.Combine(_root.Path, "g"));
        File.WriteAllText(Path.Combine(_root.Path, "g", "cgroup.procs"), string.Empty);
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public void ToBeBornIn_Version2_IsTheDirectory()
    {
        Assert.SkipUnless(ProcessLauncher.CanPlace, "this machine has no clone3(2), or none that does all we ask");
        CgroupHierarchy hierarchy = CgroupHierarchy.OfUnified(_root.Path);

        using OpenCgroups open = OpenCgroups.ToBeBornIn(hierarchy, hierarchy.Open("/g"));

        Assert.Empty(open.Files);
        Assert.Equal($"{_root.Path}/g", new FileInfo(open.Directory!.ProcPath).LinkTarget);
    }

    [Fact]
    public void ToBeBornIn_Version1_IsTheFiles()
    {
        MountEntry[] mounts = [.. MountInfo.Parse(Encoding.UTF8.GetBytes($"1 0 0:1 / {_root.Path} rw - cgroup none rw,cpu,memory"))];
        CgroupHierarchy hierarchy = CgroupHierarchy.Detect(_root.Path, mounts);

        using OpenCgroups open = OpenCgroups.ToBeBornIn(hierarchy, hierarchy.Open("/g"));

        Assert.Null(open.Directory);
        Fd file = Assert.Single(open.Files);
        Assert.Equal($"{_root.Path}/g/cgroup.procs", new FileInfo(file.ProcPath).LinkTarget);
    }
}
