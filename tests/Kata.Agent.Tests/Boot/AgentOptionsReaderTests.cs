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
        Assert.False(options.UnifiedCgroups);
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
    [InlineData("agent.unified_cgroup_hierarchy=yes", false)]
    [InlineData("systemd.unified_cgroup_hierarchy=1", true)]
    [InlineData("cgroup_no_v1=all", true)]
    public void Read_CgroupKeys_ChooseTheHierarchy(string line, bool unified) => Assert.Equal(unified, Read(line).UnifiedCgroups);

    [Theory]
    [InlineData("agent.hotplug_timeout=0")]
    [InlineData("agent.hotplug_timeout=soon")]
    [InlineData("agent.container_pipe_size=-1")]
    [InlineData("agent.log=loud")]
    [InlineData("agent.log_vport=0")]
    [InlineData("agent.server_addr=")]
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

    private static AgentOptions Read(string line) => AgentOptionsReader.Read(KernelCommandLine.Parse(line), _ => null);
}
