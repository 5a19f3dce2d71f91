using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Kata.Client.Tests;
using Kata.Client.Tests.Host;
using Kata.Testing.Builds;
using Kata.Testing.Commands;
using Kata.Testing.Containerd;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(ClientFixture))]

namespace Kata.Client.Tests;

/// <summary>One containerd for the whole suite, and short ways to drive it with <c>ctr</c>.</summary>
public sealed class ClientFixture : IAsyncLifetime
{
    private static readonly TimeSpan GoneDeadline = TimeSpan.FromSeconds(15);

    // In every id, so that whatever a test leaves behind can be told from other people's.
    private readonly string _mark = $"kct{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}";
    private readonly ConcurrentQueue<string> _sockets = new();
    private int _count;
    private PrivateContainerd? _containerd;
    private string? _missing;
    private HostSnapshot? _before;

    /// <summary>The configuration that names this build's kernel and initrd.</summary>
    internal string Configuration { get; private set; } = string.Empty;

    internal PrivateContainerd Containerd => _containerd ?? throw new InvalidOperationException("containerd is not running");

    /// <summary>A place for files of the suite; removed with it.</summary>
    internal string Directory => Containerd.Directory;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _missing = Prerequisites.Missing();
        if (_missing is not null)
        {
            return;
        }

        _containerd = await PrivateContainerd.StartAsync(CancellationToken.None);
        Configuration = BuildOutput.WriteConfiguration(Directory, text => With(text, "default_memory", "512"));
        _before = Snapshot();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_containerd is null)
        {
            return;
        }

        // Nothing of a failed test may disturb the next suite: what it did not get to remove goes now. The ids are ours alone.
        foreach (string task in (await CtrAsync(["task", "ls", "--quiet"])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await RemoveAsync(task);
        }

        List<ProcessEntry> left = ProcessTable.Read().FindAll(entry => entry.CommandLine.Contains(_mark, StringComparison.Ordinal));
        ProcessTable.Kill(left);
        await _containerd.DisposeAsync();
        IReadOnlyList<string> leaks = Snapshot().Since(_before!);
        Assert.True(leaks.Count == 0, $"the suite left behind:\n{string.Join('\n', leaks)}");
    }

    /// <summary>Skips the test, or fails it in CI, when something it needs is missing.</summary>
    internal void Require()
    {
        if (_missing is null)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail($"cannot run: {_missing}");
        }

        Assert.Skip(_missing);
    }

    /// <summary>A new container id.</summary>
    internal string NewId(string what)
    {
        string id = $"{_mark}-{what}-{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}";
        if (_containerd is not null)
        {
            // The name of the shim's socket: nothing else tells whose it is.
            byte[] address = Encoding.UTF8.GetBytes($"{Containerd.Socket}/default/{id}");
            _sockets.Enqueue(Convert.ToHexStringLower(SHA256.HashData(address)));
        }

        return id;
    }

    /// <summary>The arguments of <c>ctr run</c> with our runtime.</summary>
    internal string[] RunArguments(string id, IEnumerable<string> options, IEnumerable<string> command, string? configuration = null) =>
    [
        "run", "--runtime", Runtimes.Name,
        .. Runtimes.IsKata ? (string[])["--runtime-config-path", configuration ?? Configuration] : [],
        .. options, PrivateContainerd.Image, id, .. command,
    ];

    /// <summary>Runs a container to its end and removes it.</summary>
    internal Task<CommandResult> RunAsync(string id, string[] command, string[]? options = null, CommandOptions? with = null) =>
        CtrAsync(RunArguments(id, ["--rm", .. options ?? []], command), with);

    /// <summary>Starts a container that stays, waits until it runs.</summary>
    internal async Task StartAsync(string id, string[] command, string[]? options = null) =>
        (await CtrAsync(RunArguments(id, ["--detach", "--null-io", .. options ?? []], command))).EnsureSuccess();

    /// <summary>Runs <c>ctr</c>.</summary>
    internal Task<CommandResult> CtrAsync(IEnumerable<string> arguments, CommandOptions? with = null) =>
        Containerd.CtrAsync(arguments, with ?? new CommandOptions { Deadline = TimeSpan.FromSeconds(120) }, TestContext.Current.CancellationToken);

    /// <summary>Runs a process in a container.</summary>
    internal Task<CommandResult> ExecAsync(string id, string[] command, string[]? options = null, CommandOptions? with = null) =>
        CtrAsync(["task", "exec", "--exec-id", NewId("x"), .. options ?? [], id, .. command], with);

    /// <summary>The state that <c>ctr task ls</c> shows, or null when there is no such task.</summary>
    internal async Task<string?> StateAsync(string id)
    {
        CommandResult list = (await CtrAsync(["task", "ls"])).EnsureSuccess();
        return list.Output.Split('\n').FirstOrDefault(line => line.StartsWith($"{id} ", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    internal static async Task WaitUntilAsync(string what, Func<Task<bool>> holds, TimeSpan deadline)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await holds())
        {
            if (clock.Elapsed > deadline)
            {
                throw new TimeoutException($"not within {deadline}: {what}");
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until a file exists in a container.</summary>
    internal Task WaitForFileAsync(string id, string path) => WaitUntilAsync(
        $"{path} exists", async () => (await ExecAsync(id, ["test", "-e", path])).ExitCode == 0, TimeSpan.FromSeconds(20));

    /// <summary>Waits until a <c>ctr events</c> that writes to a file has begun to listen.</summary>
    internal Task WaitForEventsAsync(string log) => WaitUntilAsync(
        "ctr listens for events",
        async () =>
        {
            // Any event will do; a namespace is made and removed without touching a task.
            string name = NewId("ns");
            await CtrAsync(["namespaces", "create", name]);
            await CtrAsync(["namespaces", "remove", name]);
            return File.Exists(log) && (await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken)).Contains("/namespaces/", StringComparison.Ordinal);
        },
        TimeSpan.FromSeconds(10));

    /// <summary>Removes a container that was started to stay, whatever its state.</summary>
    internal async Task RemoveAsync(string id)
    {
        await CtrAsync(["task", "delete", "--force", id]);
        await CtrAsync(["containers", "delete", id]);
    }

    /// <summary>The machine as it is now.</summary>
    internal HostSnapshot Snapshot() => HostSnapshot.Take([_mark, Directory, .. _sockets]);

    /// <summary>Waits until nothing is left that was not there before.</summary>
    internal async Task AssertNothingLeftAsync(HostSnapshot before)
    {
        IReadOnlyList<string> left = [];
        try
        {
            await WaitUntilAsync(
                "all traces gone",
                () =>
                {
                    left = Snapshot().Since(before);
                    return Task.FromResult(left.Count == 0);
                },
                GoneDeadline);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"left behind:\n  {string.Join("\n  ", left)}\ncontainerd's log:\n{Tail(Containerd.Log)}");
        }
    }

    /// <summary>A configuration file of its own, with changed values.</summary>
    internal string WriteConfiguration(string name, params (string Key, string Value)[] changes)
    {
        string directory = Path.Combine(Directory, name);
        System.IO.Directory.CreateDirectory(directory);
        return BuildOutput.WriteConfiguration(directory, text => changes.Prepend(("default_memory", "512")).Aggregate(text, (current, change) => With(current, change.Item1, change.Item2)));
    }

    /// <summary>The spec that <c>ctr</c> makes, to be changed and given to <c>ctr run --config</c>, with a root file system of its own.</summary>
    /// <param name="directory">Gets the root file system, with busybox as <c>sh</c>, <c>sleep</c> and <c>cat</c>.</param>
    internal async Task<JsonNode> NewSpecAsync(string directory)
    {
        string root = Path.Combine(directory, "rootfs");
        string make = $"mkdir -p {root}/bin {root}/proc {root}/sys {root}/dev {root}/run && cp \"$(command -v busybox)\" {root}/bin/busybox && for name in sh sleep cat; do ln -sf busybox {root}/bin/$name; done";
        (await Command.RunAsync("bash", ["-ec", make], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
        JsonNode spec = JsonNode.Parse((await CtrAsync(["oci", "spec"])).EnsureSuccess().Output)!;
        spec["root"] = new JsonObject { ["path"] = root };
        return spec;
    }

    /// <summary>Where the shim of a container of ours listens.</summary>
    internal string ShimSocket(string id) => $"/run/containerd/s/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Containerd.Socket}/default/{id}")))}";

    /// <summary>A configuration with another value for a key.</summary>
    internal static string With(string text, string key, string value)
    {
        string[] lines = text.Split('\n');
        int at = Array.FindIndex(lines, line => line.TrimStart('#').StartsWith($"{key} = ", StringComparison.Ordinal));
        Assert.True(at >= 0, $"the configuration template has no key {key}");
        lines[at] = $"{key} = {value}";
        return string.Join('\n', lines);
    }

    private static string Tail(string log) => string.Join('\n', log.Split('\n').TakeLast(30));
}
