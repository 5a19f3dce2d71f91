using Kata.Agent.Boot;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Tests.Boot;

public sealed class AgentOptionsReaderTests
{
    [Fact]
    public void Read_Nothing_IsUpstreamsDefaults()
    {
        AgentOptions options = Read("console=hvc0 panic=-1");

        Assert.Equal(LogLevel.Information, options.LogLevel);
        Assert.Equal(TimeSpan.FromSeconds(3), options.HotplugTimeout);
        Assert.Null(options.ServerAddress);
        Assert.True(options.UnifiedCgroups); // upstream's older agents have v1
        Assert.Empty(options.Ignored);
    }

    [Fact]
    public void Read_KnownKeys_SetsThem()
    {
        AgentOptions options = Read("agent.log=debug agent.hotplug_timeout=7 agent.container_pipe_size=65536 agent.server_addr=unix:///x");

        Assert.Equal(LogLevel.Debug, options.LogLevel);
        Assert.Equal(TimeSpan.FromSeconds(7), options.HotplugTimeout);
        Assert.Equal(65536, options.ContainerPipeSize);
        Assert.Equal("unix:///x", options.ServerAddress);
    }

    [Theory]
    [InlineData("agent.unified_cgroup_hierarchy=true", true)]
    [InlineData("agent.unified_cgroup_hierarchy=1", true)]
    [InlineData("agent.unified_cgroup_hierarchy=0", false)]
    [InlineData("agent.unified_cgroup_hierarchy=yes", true)]
    [InlineData("agent.unified_cgroup_hierarchy=0 cgroup_no_v1=all", true)]
    [InlineData("agent.unified_cgroup_hierarchy=false", false)]
    [InlineData("systemd.unified_cgroup_hierarchy=1", true)]
    [InlineData("systemd.unified_cgroup_hierarchy=0", false)]
    [InlineData("systemd.unified_cgroup_hierarchy=0 agent.unified_cgroup_hierarchy=1", true)]
    [InlineData("quiet", true)]
    [InlineData("cgroup_no_v1=all", true)]
    public void Read_CgroupKeys_ChooseTheHierarchy(string line, bool unified) => Assert.Equal(unified, Read(line).UnifiedCgroups);

    [Theory]
    [InlineData("agent.hotplug_timeout=0")]
    [InlineData("agent.hotplug_timeout=soon")]
    [InlineData("agent.container_pipe_size=-1")]
    [InlineData("agent.log=loud")]
    [InlineData("agent.log_vport=0")]
    [InlineData("agent.server_addr=")]
    [InlineData("agent.trace=maybe")]
    [InlineData("agent.unified_cgroup_hierarchy=")]
    [InlineData("agent.debug_console_vport=-1")]
    [InlineData("agent.debug_console=2x")]
    [InlineData("agent.cdh_api_timeout=0")]
    [InlineData("agent.guest_components_procs=all")]
    [InlineData("agent.guest_components_rest_api=none")]
    [InlineData("agent.secure_storage_integrity=x")]
    [InlineData("agent.mem_agent_memcg_period_secs=-5")]
    [InlineData("agent.mem_agent_enable=x")]
    [InlineData("agent.passfd_listener_port=0")]
    [InlineData("agent.no_proxy=")]
    [InlineData("systemd.unified_cgroup_hierarchy=x")]
    public void Read_BadValue_NamesTheKey(string line)
    {
        var error = Assert.Throws<KataException>(() => Read(line));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(line[..line.IndexOf('=', StringComparison.Ordinal)], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Environment_WinsOverCommandLine()
    {
        AgentOptions options = AgentOptionsReader.Read(
            KernelCommandLine.Parse("agent.log=debug agent.server_addr=unix:///a"),
            name => name switch { "KATA_AGENT_SERVER_ADDR" => "unix:///b", "KATA_AGENT_LOG_LEVEL" => "warn", _ => null });

        Assert.Equal("unix:///b", options.ServerAddress);
        Assert.Equal(LogLevel.Warning, options.LogLevel);
    }

    [Fact]
    public void Read_UnknownKey_IsReported() => Assert.Equal(["agent.nonsense"], Read("agent.nonsense=1").Ignored);

    [Fact]
    public void Read_SettingsOfConfidentialGuests_AreCheckedAndReported()
    {
        AgentOptions options = Read("agent.guest_components_procs=none agent.image_pull_timeout=60 agent.mem_agent_compact_order=9 agent.devmode");

        Assert.Equal(["agent.guest_components_procs", "agent.image_pull_timeout", "agent.mem_agent_compact_order", "agent.devmode"], options.Ignored);
    }

    [Fact]
    public void Read_FileNamedOnTheCommandLine_TakesThePlaceOfTheOtherWords()
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "agent.toml");
        File.WriteAllText(path, "log_level = \"warn\"\nunified_cgroup_hierarchy = true\n");

        AgentOptions options = AgentOptionsReader.Read(
            KernelCommandLine.Parse($"agent.log=debug agent.config_file={path} agent.container_pipe_size=4096"),
            name => name == "KATA_AGENT_SERVER_ADDR" ? "unix:///b" : null);

        Assert.Equal(LogLevel.Warning, options.LogLevel);
        Assert.Equal((0, "unix:///b", true), (options.ContainerPipeSize, options.ServerAddress, options.UnifiedCgroups));
        Assert.Equal(2, options.Ignored.Count);
        Assert.Null(options.AllowedEndpoints);
    }

    [Fact]
    public void Read_FileThatIsMissingOrWrong_SaysWhich()
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "agent.toml");

        Assert.Equal(ErrorCode.NotFound, Assert.ThrowsAny<KataException>(() => Read($"agent.config_file={path}")).Code);
        File.WriteAllText(path, "log_level = \"warn\"\nlog_vport = 0\n");
        KataException error = Assert.Throws<KataException>(() => Read($"agent.config_file={path}"));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("log_vport", error.Message, StringComparison.Ordinal);
    }

    private static AgentOptions Read(string line) => AgentOptionsReader.Read(KernelCommandLine.Parse(line), _ => null);
}
