using System.Text;
using System.Text.Json;
using Kata.Agent.Hooks;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Hooks;

public sealed class HookStateTests
{
    [Fact]
    public void Compose_RunningContainer_IsTheSpecificationsState()
    {
        var spec = new Spec { Annotations = { ["a\"b"] = "line\n\u00e4" } };

        JsonElement state = JsonDocument.Parse(HookState.Compose("c1", HookStage.Poststart, 42, "/run/kata-containers/c1", spec)).RootElement;

        Assert.Equal("1.2.0", state.GetProperty("ociVersion").GetString());
        Assert.Equal("c1", state.GetProperty("id").GetString());
        Assert.Equal("running", state.GetProperty("status").GetString());
        Assert.Equal(42, state.GetProperty("pid").GetInt32());
        Assert.Equal("/run/kata-containers/c1", state.GetProperty("bundle").GetString());
        Assert.Equal("line\n\u00e4", state.GetProperty("annotations").GetProperty("a\"b").GetString());
    }

    [Fact]
    public void Compose_StoppedContainer_HasNoPid() =>
        Assert.DoesNotContain("pid", Encoding.UTF8.GetString(HookState.Compose("c1", HookStage.Poststop, 0, "/b", new Spec())), StringComparison.Ordinal);

    [Fact]
    public void Compose_Bundle_HasWhatHooksLookAt()
    {
        var spec = new Spec
        {
            Root = new Root { Path = "/rootfs" },
            Process = new Process { Args = { "sh" }, Env = { "NVIDIA_VISIBLE_DEVICES=all" }, Cwd = "/", Capabilities = new LinuxCapabilities { Bounding = { "CAP_KILL" } } },
            Linux = new Kata.Protocols.Oci.Linux { Namespaces = { new LinuxNamespace { Type = "mount" } } },
        };

        JsonElement config = JsonDocument.Parse(BundleDirectory.Compose(spec)).RootElement;

        Assert.Equal("/rootfs", config.GetProperty("root").GetProperty("path").GetString());
        Assert.Equal("NVIDIA_VISIBLE_DEVICES=all", config.GetProperty("process").GetProperty("env")[0].GetString());
        Assert.Equal("CAP_KILL", config.GetProperty("process").GetProperty("capabilities").GetProperty("bounding")[0].GetString());
        Assert.Equal("mount", config.GetProperty("linux").GetProperty("namespaces")[0].GetProperty("type").GetString());
    }
}
