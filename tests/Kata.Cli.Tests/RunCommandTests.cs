using System.CommandLine;

using Kata.Cli.Commands;
using Kata.Cli.Containers;
using Kata.Primitives;

namespace Kata.Cli.Tests;

public sealed class RunCommandTests
{
    [Fact]
    public void Read_EveryOption_IsTaken()
    {
        RunOptions options = Read(
            "--rm", "-it", "-e", "A=1", "--env", "B=x=y", "--workdir", "/w", "--user", "app:users", "--memory", "512m", "--cpus", "1.5", "--volume", "/tmp:/t:ro",
            "--name", "c1", "--hostname", "h", "--entrypoint", "/e", "--read-only", "--network", "none", "--config", "/c.toml", "--image-store", "/s", "image:latest", "--", "sh", "-c", "--rm @x");

        Assert.True(options.Interactive && options.Terminal && options.ReadOnly);
        Assert.Equal(["A=1", "B=x=y"], options.Environment);
        Assert.Equal(("/w", "app:users", "c1", "h", "/e"), (options.WorkingDirectory, options.User, options.Name, options.Hostname, options.Entrypoint));
        Assert.Equal(512, options.Memory!.Value.Mebibytes);
        Assert.Equal(1.5m, options.Cpus);
        Assert.Equal(new VolumeOption("/tmp", "/t", ReadOnly: true), Assert.Single(options.Volumes));
        Assert.Equal("image:latest", options.Image);
        Assert.Equal(["sh", "-c", "--rm @x"], options.Arguments);
    }

    [Fact]
    public void Read_OnlyAnImage_LeavesEverythingToIt()
    {
        RunOptions options = Read("image");

        Assert.Empty(options.Arguments);
        Assert.False(options.Interactive || options.Terminal || options.ReadOnly);
        Assert.Null(options.Memory);
    }

    [Fact]
    public void Read_VariableWithoutValue_IsPassedOn()
    {
        Environment.SetEnvironmentVariable("KATA_TEST_PASSED", "on");

        Assert.Equal(["KATA_TEST_PASSED=on"], Read("-e", "KATA_TEST_PASSED", "-e", "KATA_TEST_NOT_THERE", "image").Environment);
    }

    [Theory]
    [InlineData("there is no network", "--network", "bridge", "image")]
    [InlineData("not a size", "--memory", "lots", "image")]
    [InlineData("the least is 4m", "--memory", "4096", "image")]
    [InlineData("--cpus 0", "--cpus", "0", "image")]
    [InlineData("--cpus x", "--cpus", "x", "image")]
    [InlineData("the name is missing", "--env", "=x", "image")]
    [InlineData("absolute path", "--workdir", "w", "image")]
    [InlineData("write FROM:TO", "--volume", "/tmp", "image")]
    [InlineData("write FROM:TO", "--volume", "/tmp:/t:rx", "image")]
    [InlineData("must be absolute", "--volume", "/tmp:t", "image")]
    [InlineData("does not exist", "--volume", "/nonexistent:/t", "image")]
    [InlineData("--name", "--name", "../x", "image")]
    public void Read_Malformed_SaysWhatIsWrong(string problem, params string[] args) =>
        Assert.Contains(problem, Assert.Throws<KataException>(() => Read(args)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--unknown", "image")]
    [InlineData("fly")]
    public void Parse_WrongCommandLine_HasErrors(params string[] args) => Assert.NotEmpty(CommandTree.Parse(args).Errors);

    private static RunOptions Read(params string[] args)
    {
        var command = new RunCommand();
        ParseResult parsed = command.Command.Parse(args);
        Assert.Empty(parsed.Errors);
        return command.Read(parsed);
    }
}
