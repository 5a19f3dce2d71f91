using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.Oci.Tests;

public sealed class SpecValidatorTests
{
    private static readonly Spec Good = new()
    {
        OciVersion = "1.2.0",
        Root = new Root { Path = "rootfs" },
        Process = new Process { Args = ["/bin/true"], Cwd = "/" },
    };

    [Fact]
    public void Problems_MinimalSpec_HasNone() => Assert.Empty(SpecValidator.Problems(Good));

    [Fact]
    public void EnsureValid_SeveralProblems_ListsThemAll()
    {
        var spec = new Spec
        {
            OciVersion = "2.0.0",
            Process = new Process { Cwd = "tmp", OomScoreAdj = 2000 },
            Linux = new LinuxSpec { Namespaces = [new LinuxNamespace { Type = "pid" }, new LinuxNamespace { Type = "pid" }, new LinuxNamespace { Type = "moon" }] },
        };

        KataException error = Assert.Throws<KataException>(() => SpecValidator.EnsureValid(spec));

        Assert.Equal(
            "config.json: $.ociVersion: version 2.0.0 is not supported, only 1.x is; $.root.path: must not be empty; $.process.args: must name a program; "
            + "$.process.cwd: must be an absolute path; $.process.oomScoreAdj: must be from -1000 to 1000; "
            + "$.linux.namespaces[1].type: pid is there twice; $.linux.namespaces[2].type: \"moon\" is no namespace",
            error.Message);
    }

    [Fact]
    public void Problems_NulInAnythingTheKernelReads_IsFound()
    {
        Spec spec = Good with
        {
            Hostname = "a\0b",
            Process = Good.Process! with { Args = ["/bin/sh", "\0"], Env = ["A=\0"], Cwd = "/\0" },
            Mounts = [new Mount { Destination = "/a\0", Source = "\0", Type = "\0", Options = ["\0"] }],
            Hooks = new Hooks { Poststop = [new Hook { Path = "/h\0" }] },
            Linux = new LinuxSpec { MaskedPaths = ["/x\0"], Devices = [new LinuxDevice { Path = "/dev/\0", Type = "c" }], Namespaces = [new LinuxNamespace { Type = "pid", Path = "/\0" }] },
        };

        IReadOnlyList<string> problems = SpecValidator.Problems(spec);

        Assert.Equal(12, problems.Count);
        Assert.All(problems, p => Assert.EndsWith("contains a NUL character", p, StringComparison.Ordinal));
    }

    [Fact]
    public void Problems_HooksAndDevices_AreChecked()
    {
        Spec spec = Good with
        {
            Hooks = new Hooks { Prestart = [new Hook { Path = "relative", Timeout = 0 }] },
            Linux = new LinuxSpec { Devices = [new LinuxDevice { Path = "dev/x", Type = "z" }] },
        };

        Assert.Equal(
            ["$.hooks.prestart[0].path: must be an absolute path", "$.hooks.prestart[0].timeout: must be greater than 0", "$.linux.devices[0].path: must be an absolute path", "$.linux.devices[0].type: must be b, c, u or p"],
            SpecValidator.Problems(spec));
    }

    [Fact]
    public void Problems_TooMany_AreCut()
    {
        Spec spec = Good with { Mounts = [.. Enumerable.Range(0, 10_000).Select(_ => new Mount())] };

        Assert.Equal(20, SpecValidator.Problems(spec).Count);
    }

    [Fact]
    public void EnsureValid_SoftLimitAboveHard_IsRefused()
    {
        var process = new Process { Args = ["a"], Cwd = "/", Rlimits = [new PosixRlimit { Type = "RLIMIT_CORE", Soft = 2, Hard = 1 }] };

        KataException error = Assert.Throws<KataException>(() => SpecValidator.EnsureValid(process));

        Assert.Equal("process: $.rlimits[0]: the soft limit is above the hard one", error.Message);
    }
}
