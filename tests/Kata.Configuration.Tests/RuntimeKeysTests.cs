using Kata.Primitives;

namespace Kata.Configuration.Tests;

public sealed class RuntimeKeysTests
{
    private const string Minimal = "[hypervisor.qemu]\nkernel = \"/k/vmlinux\"\ninitrd = \"/k/initrd\"\n";

    [Theory]
    [InlineData("", null)]
    [InlineData("dial_timeout = 0", null)]
    [InlineData("dial_timeout = 45", 45.0)]
    [InlineData("dial_timeout = 7\nreconnect_timeout_ms = 2500", 2.5)]
    public void Parse_DialTimeout_CountsOnlyWhereTheFileSaysSo(string lines, double? seconds) =>
        Assert.Equal(seconds, Parse($"[agent.kata]\n{lines}").Agent.DialTimeout?.TotalSeconds);

    [Theory]
    [InlineData("", 60)]
    [InlineData("[runtime]\ncreate_container_timeout = 5", 5)]
    [InlineData("[runtime]\ncreate_container_timeout = 5\n[agent.kata]\ncreate_container_timeout = 9", 9)]
    public void CreateContainerTimeout_BothTables_TheAgentsWins(string lines, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Parse(lines).CreateContainerTimeout);

    [Fact]
    public void Parse_SandboxBindMounts_AreReadOnlyUnlessSaidOtherwise()
    {
        RuntimeConfiguration runtime = Parse("[runtime]\nsandbox_bind_mounts = [\"/a/one\", \"/b/two:rw\", \"/c/three:ro\", \"/d/four/\"]").Runtime;

        Assert.Equal(
            [new SandboxBindMount("/a/one", true), new SandboxBindMount("/b/two", false), new SandboxBindMount("/c/three", true), new SandboxBindMount("/d/four", true)],
            runtime.SandboxBindMounts);
    }

    [Theory]
    [InlineData("[\"relative\"]", "'relative' must be an absolute path")]
    [InlineData("[\"/\"]", "must be an absolute path")]
    [InlineData("[\"/a/..\"]", "must be an absolute path")]
    [InlineData("[\"/a/x\", \"/b/x:rw\"]", "two entries end in 'x'")]
    public void Parse_SandboxBindMountsWrong_NamesThePlace(string list, string expected)
    {
        KataException error = Assert.Throws<KataException>(() => Parse($"[runtime]\nsandbox_bind_mounts = {list}"));

        Assert.Contains("c.toml:5:1: runtime.sandbox_bind_mounts", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_KernelModules_AreNamesAndParameters()
    {
        GuestKernelModule[] modules = [.. Parse("[agent.kata]\nkernel_modules = [\"e1000e InterruptThrottleRate=3000  EEE=1\", \"i915\"]").Agent.KernelModules];

        Assert.Equal(["e1000e", "i915"], modules.Select(module => module.Name));
        Assert.Equal(["InterruptThrottleRate=3000", "EEE=1"], modules[0].Parameters);
        Assert.Empty(modules[1].Parameters);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a;b")]
    public void Parse_KernelModuleWrong_NamesThePlace(string entry)
    {
        KataException error = Assert.Throws<KataException>(() => Parse($"[agent.kata]\nkernel_modules = [\"{entry}\"]"));

        Assert.Contains("c.toml:5:1: agent.kata.kernel_modules", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LogLevelUnknown_SaysWhichThereAre()
    {
        KataException error = Assert.Throws<KataException>(() => Parse("[runtime]\nlog_level = \"loud\""));

        Assert.Contains("runtime.log_level must be one of", error.Message, StringComparison.Ordinal);
    }

    private static KataConfiguration Parse(string lines)
    {
        LoadedConfiguration loaded = ConfigurationLoader.Parse(Minimal + lines, "c.toml");
        Assert.Empty(loaded.Warnings);
        return loaded.Configuration;
    }
}
