using Kata.Agent.Boot;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Tests.Boot;

public sealed class SettingsFileTests
{
    private const string Full = """
        # an agent's settings
        debug_console = true
        dev_mode = true # does nothing
        log_level = 'trace'
        hotplug_timeout = { secs = 7, nanos = 500_000_000 }
        debug_console_vport = 3
        log_vport=5
        container_pipe_size = 1024
        server_addr = "vsock://8:2048"
        unified_cgroup_hierarchy = false
        tracing = true
        policy_file = "/etc/p\"q"
        cdh_api_timeout = {secs=3,nanos=0}
        mem_agent_memcg_period_secs = 60

        [endpoints]
        allowed = [
          "CreateContainerRequest", # one
          'StartContainerRequest',
        ]
        """;

    [Fact]
    public void FromText_EverySetting_IsRead()
    {
        var ignored = new List<string>();

        AgentOptions options = AgentOptionsReader.FromText(Full.ReplaceLineEndings("\r\n"), new AgentOptions(), ignored);

        Assert.True(options.DebugConsole && options.Tracing && !options.UnifiedCgroups);
        Assert.Equal(LogLevel.Trace, options.LogLevel);
        Assert.Equal(TimeSpan.FromSeconds(7.5), options.HotplugTimeout);
        Assert.Equal((3U, 5U, 1024), (options.DebugConsolePort, options.LogPort, options.ContainerPipeSize));
        Assert.Equal(("vsock://8:2048", "/etc/p\"q"), (options.ServerAddress, options.PolicyFile));
        Assert.Equal(["CreateContainerRequest", "StartContainerRequest"], options.AllowedEndpoints!.Order());
        Assert.Equal(["dev_mode", "cdh_api_timeout.secs", "mem_agent_memcg_period_secs"], ignored);
    }

    [Fact]
    public void FromText_TableOfItsOwnForATime_IsRead() =>
        Assert.Equal(TimeSpan.FromSeconds(9), AgentOptionsReader.FromText("[hotplug_timeout]\nnanos = 0\nsecs = 9", new AgentOptions(), []).HotplugTimeout);

    [Fact]
    public void FromText_EmptyList_AllowsNothing() =>
        Assert.Empty(AgentOptionsReader.FromText("[endpoints]\nallowed = []", new AgentOptions(), []).AllowedEndpoints!);

    [Theory]
    [InlineData("log_level")]
    [InlineData("log_level =")]
    [InlineData("log_level = warn")]
    [InlineData("log_level = \"warn")]
    [InlineData("log_level = \"warn\" x")]
    [InlineData("log_level = \"\"\"warn\"\"\"")]
    [InlineData("log_level = \"wa\\u0072n\"")]
    [InlineData("a.b = 1")]
    [InlineData("a = 1.5")]
    [InlineData("a = 1979-05-27")]
    [InlineData("a = 1\na = 2")]
    [InlineData("[t]\n[t]")]
    [InlineData("[[t]]")]
    [InlineData("[t")]
    [InlineData("a = [1]")]
    [InlineData("a = [\"x\" \"y\"]")]
    [InlineData("a = {b = 1")]
    [InlineData("a = {b = {c = 1}}")]
    [InlineData("= 1")]
    [InlineData("a = 99999999999999999999")]
    public void Parse_WhatIsNotUnderstood_NamesTheLine(string text)
    {
        KataException error = Assert.Throws<KataException>(() => SettingsFile.Parse("# first\n" + text));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Matches("^line [23]: ", error.Message);
    }

    [Fact]
    public void Parse_TooMuch_IsRefused() => Assert.Throws<KataException>(
        () => SettingsFile.Parse(string.Join('\n', Enumerable.Range(0, 300).Select(i => $"a{i} = 1"))));

    [Fact]
    public void FromText_MutatedFile_OnlyThrowsOurError()
    {
        var random = new Random(21);
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = Full.ToCharArray();
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                text[random.Next(text.Length)] = random.GetItems<char>("\"'[]{}=,.#\\\n\r -_0a\0é", 1)[0];
            }

            try
            {
                AgentOptionsReader.FromText(new string(text, 0, random.Next(text.Length)), new AgentOptions(), []);
            }
            catch (KataException)
            {
                // The only way to fail.
            }
        }
    }
}
