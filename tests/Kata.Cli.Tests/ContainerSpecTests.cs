using Kata.Cli.Containers;
using Kata.Oci.Images;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Images;

namespace Kata.Cli.Tests;

public sealed class ContainerSpecTests
{
    private static readonly ImageUser Root = new(0, 0, [], "/root");

    [Fact]
    public void Build_ImageOnly_RunsWhatTheImageSays()
    {
        var defaults = new ContainerDefaults { Entrypoint = ["/entry"], Cmd = ["arg"], Env = ["PATH=/bin", "A=1"], WorkingDir = "/srv" };

        Spec spec = ContainerSpec.Build("c1", new RunOptions { Image = "i" }, defaults, Root);

        Assert.Equal(["/entry", "arg"], spec.Process!.Args);
        Assert.Equal(["PATH=/bin", "HOSTNAME=c1", "HOME=/root", "A=1"], spec.Process.Env);
        Assert.Equal("/srv", spec.Process.Cwd);
        Assert.Equal(14, spec.Process.Capabilities!.Effective.Count);
        Assert.Null(spec.Linux!.Resources);
        Assert.Contains("/proc/kcore", spec.Linux.MaskedPaths);
    }

    [Fact]
    public void Build_UserAsked_Wins()
    {
        var defaults = new ContainerDefaults { Entrypoint = ["/entry"], Cmd = ["arg"], WorkingDir = "/srv", Env = ["A=1"] };
        var options = new RunOptions
        {
            Image = "i",
            Arguments = ["-x"],
            Environment = ["A=2", "TERM=dumb"],
            WorkingDirectory = "/w",
            Terminal = true,
            ReadOnly = true,
            Hostname = "h",
            Memory = ByteSize.FromMebibytes(64),
            Cpus = 1.5m,
            Volumes = [new VolumeOption("/a", "/b", ReadOnly: true)],
        };

        Spec spec = ContainerSpec.Build("c1", options, defaults, new ImageUser(1000, 100, [5], "/home/app"));

        Assert.Equal(["/entry", "-x"], spec.Process!.Args);
        Assert.Contains("A=2", spec.Process.Env);
        Assert.DoesNotContain("A=1", spec.Process.Env);
        Assert.Contains("TERM=dumb", spec.Process.Env);
        Assert.Contains("HOME=/home/app", spec.Process.Env);
        Assert.Equal(("/w", true, "h"), (spec.Process.Cwd, spec.Root!.Readonly, spec.Hostname));
        Assert.Equal((1000U, 100U), (spec.Process.User!.Uid, spec.Process.User.Gid));
        Assert.Empty(spec.Process.Capabilities!.Effective);
        Assert.Equal((64L << 20, 150_000L), (spec.Linux!.Resources!.Memory!.Limit, spec.Linux.Resources.Cpu!.Quota));
        Assert.Equal(["rbind", "ro"], spec.Mounts[^1].Options);
    }

    [Fact]
    public void Build_OtherEntrypoint_DropsTheImagesArguments()
    {
        var defaults = new ContainerDefaults { Entrypoint = ["/entry"], Cmd = ["arg"] };

        Assert.Equal(["/mine"], ContainerSpec.Build("c1", new RunOptions { Image = "i", Entrypoint = "/mine" }, defaults, Root).Process!.Args);
    }

    [Fact]
    public void Build_NothingToRun_SaysSo()
    {
        KataException error = Assert.Throws<KataException>(() => ContainerSpec.Build("c1", new RunOptions { Image = "i" }, new ContainerDefaults(), Root));

        Assert.Equal("the image does not say what to run; name a program after '--'", error.Message);
    }
}
