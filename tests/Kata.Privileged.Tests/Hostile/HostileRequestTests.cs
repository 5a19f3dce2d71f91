using System.Globalization;
using Grpc.Core;
using Kata.Agent.Fuzz;
using Kata.AgentCtl.Api;
using Kata.AgentCtl.Requests;
using Kata.AgentCtl.Sessions;
using Kata.Protocols.Agent;

namespace Kata.Privileged.Tests.Hostile;

/// <summary>
/// Requests from someone who wants the agent to break. After each one it is alive, answers, and has said why in a documented status; at the end it holds
/// nothing that it did not hold before.
/// </summary>
/// <remarks>Not sent at random are the calls that would reach the machine: see <see cref="RequestGenerator"/>. KATA_FUZZ_SEED and KATA_FUZZ_CALLS choose another run.</remarks>
public sealed class HostileRequestTests(ConfinedAgent confined) : IClassFixture<ConfinedAgent>
{
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(20);

    /// <summary>Calls that wait for something to happen, as long as it takes.</summary>
    private static readonly HashSet<string> Waiting = ["WaitProcess", "ReadStdout", "ReadStderr", "WriteStdin", "GetOOMEvent", "CloseStdin", "UpdateInterface"];

    /// <summary>What a request may be answered with; see docs/reference/agent-api.md. Never Internal or Unknown: those mean that the agent did not expect it.</summary>
    private static readonly HashSet<StatusCode> Documented =
    [
        StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.AlreadyExists, StatusCode.PermissionDenied, StatusCode.ResourceExhausted, StatusCode.FailedPrecondition,
        StatusCode.Unimplemented, StatusCode.Unavailable,
    ];

    private readonly SortedDictionary<string, int> _outcomes = new(StringComparer.Ordinal);

    private readonly Dictionary<string, List<AgentRequest>> _stories = new(StringComparer.Ordinal);

    public static TheoryData<string> Corpus => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "FuzzCorpus"), "*.ctl").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task Corpus_EveryCall_IsAnsweredAndLeavesNothing(string file)
    {
        IReadOnlyList<string> before = confined.Holdings();
        var problems = new List<string>();
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "FuzzCorpus", file), TestContext.Current.CancellationToken))
        {
            IReadOnlyList<string> words = line.StartsWith('#') ? [] : WordSplitter.Split(line);
            if (words.Count > 0)
            {
                ApiCommand command = ApiCommands.Find(words[0])!;
                var call = new AgentRequest(command.Name, new RequestComposer(command, new Session(autoValues: false)).Compose([.. words.Skip(1)]));
                await SendAsync(call, problems);
            }
        }

        await RemoveAllAsync();

        Assert.True(problems.Count == 0, string.Join('\n', problems));
        await Eventually.HoldsAsync(confined, before);
    }

    [Fact]
    public async Task Random_ManyCalls_AreAnsweredAndLeaveNothing()
    {
        int seed = Setting("KATA_FUZZ_SEED", 20260101);
        var generator = new RequestGenerator(new Random(seed), ConfinedAgent.NewSpec);
        IReadOnlyList<string> before = confined.Holdings();
        var problems = new List<string>();

        for (int left = Setting("KATA_FUZZ_CALLS", 400); left > 0; left--)
        {
            await SendAsync(generator.Next(), problems);
        }

        TestContext.Current.SendDiagnosticMessage(string.Join('\n', _outcomes.Select(outcome => $"{outcome.Value,6} {outcome.Key}")));
        await RemoveAllAsync();

        Assert.True(problems.Count == 0, $"seed {seed}: {problems.Count} problems\n{string.Join('\n', problems)}");
        await Eventually.HoldsAsync(confined, before);
    }

    [Fact]
    public async Task Bytes_InPlaceOfRequests_AreInvalid()
    {
        var random = new Random(7);
        var problems = new List<string>();
        foreach (ApiCommand command in ApiCommands.All)
        {
            string service = command.Name is "Check" or "Version" ? "grpc.Health" : "grpc.AgentService";
            byte[] bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            bytes[0] = 0x0a; // a first field with a length that is far beyond the end
            bytes = [.. bytes.AsSpan(0, 1), 0xff, 0xff, 0xff, 0xff, 0x07, .. bytes.AsSpan(1)];
            StatusCode status = await SendBytesAsync(service, command.Name, bytes);
            if (status != StatusCode.InvalidArgument)
            {
                problems.Add($"{command.Name}: {status}");
            }
        }

        Assert.Empty(problems);
        Assert.Equal(StatusCode.Unimplemented, await SendBytesAsync("grpc.AgentService", "NoSuchCall", []));
        Assert.Equal(StatusCode.Unimplemented, await SendBytesAsync("no.Service", "Check", []));
        await confined.RequireHealthyAsync("garbage");
    }

    private async Task<StatusCode> SendBytesAsync(string service, string name, byte[] bytes)
    {
        Marshaller<byte[]> asTheyAre = Marshallers.Create(value => value, value => value);
        using AsyncUnaryCall<byte[]> call = confined.Connection.Transport.AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, service, name, asTheyAre, asTheyAre), host: null, new CallOptions(deadline: DateTime.UtcNow + LongestAnswer), bytes);
        try
        {
            await call.ResponseAsync;
            return StatusCode.OK;
        }
        catch (RpcException error)
        {
            return error.StatusCode;
        }
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

    private void Count(string outcome) => _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;

    private async Task SendAsync(AgentRequest call, List<string> problems)
    {
        bool waits = Waiting.Contains(call.Method);
        try
        {
            var options = new CallOptions(deadline: DateTime.UtcNow + (waits ? ShortWait : LongestAnswer));
            await ApiCommands.Find(call.Method)!.CallAsync(confined.Connection, call.Request, options);
            Count($"{call.Method} OK");
            Remember(call);
        }
        catch (RpcException error) when (Documented.Contains(error.StatusCode) || (waits && error.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Cancelled))
        {
            Count($"{call.Method} {error.StatusCode}");
            Assert.NotEmpty(error.Status.Detail);
        }
        catch (RpcException error)
        {
            problems.Add($"{error.StatusCode}: {error.Status.Detail}\n    {call}{Story(call)}");
        }

        await confined.RequireHealthyAsync(call.ToString());
    }

    private void Remember(AgentRequest call)
    {
        if (ContainerOf(call) is { Length: > 0 } id)
        {
            (_stories.TryGetValue(id, out List<AgentRequest>? story) && call.Request is not CreateContainerRequest ? story : _stories[id] = []).Add(call);
        }
    }

    /// <summary>What succeeded before on the same container.</summary>
    private string Story(AgentRequest call) =>
        _stories.TryGetValue(ContainerOf(call), out List<AgentRequest>? story) ? "\n    after:" + string.Concat(story.TakeLast(20).Select(earlier => "\n      " + Shortened(earlier))) : "";

    private static string Shortened(AgentRequest call) => call.ToString() is { Length: > 300 } text ? text[..300] + "…" : call.ToString();

    private static string ContainerOf(AgentRequest call) =>
        call.Request.Descriptor.FindFieldByName("container_id") is { } field ? (string)field.Accessor.GetValue(call.Request) : "";

    private async Task RemoveAllAsync()
    {
        foreach (string id in (string[])["c0", "c1", "c2", "c3", "c4", "C0", "sandbox1", "a", "0", "true", "none", "defaults", "tmpfs", new('x', 128)])
        {
            try
            {
                await confined.Connection.Agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = id }, deadline: DateTime.UtcNow + LongestAnswer);
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
            {
                // Most were never there.
                continue;
            }
        }
    }
}
