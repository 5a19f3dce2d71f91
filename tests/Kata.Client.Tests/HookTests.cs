using System.Text.Json.Nodes;
using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary>Hooks of a spec that containerd hands over as it is, and a root file system in a directory.</summary>
public sealed class HookTests(ClientFixture fixture)
{
    [Fact]
    public async Task Run_SpecWithHooks_RunsEachWhereItBelongs()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        string directory = Directory.CreateDirectory(Path.Combine(fixture.Directory, "hooks")).FullName;
        string id = fixture.NewId("hooks");
        string spec = await WriteSpecAsync(
            directory,
            kind => kind == "startContainer"
                ? "busybox uname -r > /note; echo inside >> /note"
                : $"cat > {directory}/{kind}; uname -r >> {directory}/kernels; echo {kind} >> {directory}/order",
            "echo from the container; busybox tail -n 1 /note; busybox head -n 1 /note");

        CommandResult result = (await fixture.CtrAsync([.. Run(spec), id])).EnsureSuccess();

        string host = (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", TestContext.Current.CancellationToken)).Trim();
        string[] lines = result.Output.Split('\n');
        Assert.Equal(["from the container", "inside"], lines[..2]);
        Assert.Equal(Runtimes.IsKata, lines[2] != host); // startContainer hooks belong to the container, and so to the guest
        Assert.Equal(["prestart", "createRuntime", "poststart", "poststop"], await File.ReadAllLinesAsync(Path.Combine(directory, "order"), TestContext.Current.CancellationToken));
        Assert.All(await File.ReadAllLinesAsync(Path.Combine(directory, "kernels"), TestContext.Current.CancellationToken), kernel => Assert.Equal(host, kernel));
        JsonNode state = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(directory, "poststart"), TestContext.Current.CancellationToken))!;
        Assert.Equal((id, "running"), ((string?)state["id"], (string?)state["status"]));
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Run_HookFails_SaysWhyAndLeavesNothing()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        string directory = Directory.CreateDirectory(Path.Combine(fixture.Directory, "badhooks")).FullName;
        string spec = await WriteSpecAsync(directory, kind => kind == "createRuntime" ? "echo the reason; exit 1" : "exit 0");

        CommandResult result = await fixture.CtrAsync([.. Run(spec), fixture.NewId("badhooks")]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("the reason", result.Error, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Kill_Shim_RunsPoststopOnce()
    {
        fixture.Require();
        Assert.SkipUnless(Runtimes.IsKata, "it is about our shim");
        HostSnapshot before = fixture.Snapshot();
        string directory = Directory.CreateDirectory(Path.Combine(fixture.Directory, "killhooks")).FullName;
        string id = fixture.NewId("killhooks");
        string spec = await WriteSpecAsync(directory, kind => kind == "startContainer" ? "exit 0" : $"echo {kind} >> {directory}/order", "sleep 1000");
        (await fixture.CtrAsync([.. Run(spec, "--detach", "--null-io"), id])).EnsureSuccess();

        ProcessTable.Kill(ProcessTable.Read().FindAll(entry => entry.Name == "containerd-shim-kata-v2" && entry.CommandLine.Contains(id, StringComparison.Ordinal)));
        await ClientFixture.WaitUntilAsync("stopped", async () => await fixture.StateAsync(id) is null or "STOPPED", TimeSpan.FromSeconds(15));
        await fixture.RemoveAsync(id);

        await fixture.AssertNothingLeftAsync(before);
        Assert.Equal(["prestart", "createRuntime", "poststart", "poststop"], await File.ReadAllLinesAsync(Path.Combine(directory, "order"), TestContext.Current.CancellationToken));
    }

    private string[] Run(string spec, params string[] options) =>
        ["run", .. options.Length > 0 ? options : ["--rm"], "--runtime", Runtimes.Name, .. Runtimes.IsKata ? (string[])["--runtime-config-path", fixture.Configuration] : [], "--config", spec];

    private async Task<string> WriteSpecAsync(string directory, Func<string, string> script, string program = "echo from the container")
    {
        JsonNode spec = await fixture.NewSpecAsync(directory);
        spec["process"]!["args"] = new JsonArray("sh", "-c", program);
        var hooks = new JsonObject();
        foreach (string kind in (string[])["prestart", "createRuntime", "startContainer", "poststart", "poststop"])
        {
            hooks[kind] = new JsonArray(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("sh", "-c", script(kind)),
                ["env"] = new JsonArray("PATH=/bin:/usr/bin"),
                ["timeout"] = 20,
            });
        }

        spec["hooks"] = hooks;
        string path = Path.Combine(directory, "config.json");
        await File.WriteAllTextAsync(path, spec.ToJsonString(), TestContext.Current.CancellationToken);
        return path;
    }
}
