using Google.Protobuf;
using Kata.Agent.Policy;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Policy;

public sealed class PolicyGateTests : IDisposable
{
    private readonly PolicyGate _gate = new(TimeProvider.System, NullLogger.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task Run_RuleHolds_ServesTheRequest()
    {
        await SetAsync("default StartContainerRequest := false\nStartContainerRequest if { input.container_id == \"good\" }");

        Assert.True(await RunsAsync(new StartContainerRequest { ContainerId = "good" }));
        KataException error = await BlockedAsync(new StartContainerRequest { ContainerId = "bad" });
        Assert.Equal("StartContainerRequest is blocked by policy: its rule says no", error.Message);
    }

    [Fact]
    public async Task Run_Refused_QuotesWhatThePolicyPrinted()
    {
        await SetAsync("default ExecProcessRequest := false\nExecProcessRequest if {\n print(\"command\", input.process.Args)\n input.process.Args == [\"true\"]\n}");

        KataException error = await BlockedAsync(new ExecProcessRequest { Process = new Process { Args = { "sh", "-c\n" } } });

        Assert.Equal("ExecProcessRequest is blocked by policy: command [\"sh\", \"-c\\n\"]", error.Message);
    }

    [Theory]
    [InlineData("x := 1", "the policy has no rule for it")]
    [InlineData("PauseContainerRequest if { false }", "the rule has no value")]
    [InlineData("PauseContainerRequest := 5", "neither true or false nor an object")]
    [InlineData("PauseContainerRequest := {\"ops\": []}", "no 'allowed'")]
    [InlineData("PauseContainerRequest := {\"allowed\": \"yes\"}", "no 'allowed'")]
    [InlineData("PauseContainerRequest := {\"allowed\": false, \"ops\": [1]}", "")]
    [InlineData("PauseContainerRequest := {\"allowed\": true, \"ops\": [{\"op\": \"remove\", \"path\": \"/pstate/x\"}]}", "do not fit the state")]
    [InlineData("PauseContainerRequest := true\nPauseContainerRequest := false", "cannot decide")]
    [InlineData("PauseContainerRequest if { r := numbers.range(1, 5000); some a in r; some b in r; a == -b }", "cannot decide")]
    public async Task Run_NoClearYes_IsRefused(string rules, string why)
    {
        await SetAsync(rules);

        Assert.Contains(why, (await BlockedAsync(new PauseContainerRequest())).Message, StringComparison.Ordinal);

        await SetBlockedAsync("default SetPolicyRequest := true");
    }

    [Fact]
    public async Task Run_Operations_BuildUpState()
    {
        await SetAsync("""
            CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": {"args": input.OCI.Process.Args}}]} if {
                not data.pstate[input.container_id]
            }
            ExecProcessRequest if { data.pstate[input.container_id].args == input.process.Args }
            RemoveContainerRequest := {"allowed": true, "ops": [{"op": "remove", "path": sprintf("/pstate/%s", [input.container_id])}]}
            """);
        var create = new CreateContainerRequest { ContainerId = "c", OCI = new Spec { Process = new Process { Args = { "a" } } } };
        var exec = new ExecProcessRequest { ContainerId = "c", Process = new Process { Args = { "a" } } };

        await BlockedAsync(exec);
        await RunsAsync(create);
        await BlockedAsync(create);
        await RunsAsync(exec);
        await RunsAsync(new RemoveContainerRequest { ContainerId = "c" });
        await BlockedAsync(exec);
        await BlockedAsync(new RemoveContainerRequest { ContainerId = "c" });
    }

    [Fact]
    public async Task Set_PresentPolicyRefuses_StaysAsItIs()
    {
        await SetAsync("default SetPolicyRequest := false\nSetPolicyRequest if { contains(input.policy, \"magic\") }\ndefault GetMetricsRequest := true");

        await SetBlockedAsync("GetMetricsRequest := false");
        await RunsAsync(new GetMetricsRequest());
        await SetAsync("# magic\nGetMetricsRequest := false");
        await BlockedAsync(new GetMetricsRequest());
    }

    [Theory]
    [InlineData("package agent_policy\np := http.send({})", ErrorCode.Unsupported, "policy line 2, column 6: the function 'http.send'")]
    [InlineData("package agent_policy\n\np = {", ErrorCode.InvalidArgument, "policy line 3")]
    [InlineData("package other\np := 1", ErrorCode.InvalidArgument, "package 'other'")]
    [InlineData("", ErrorCode.InvalidArgument, "expected 'package'")]
    public async Task Set_UnusablePolicy_KeepsThePresentOne(string text, ErrorCode code, string words)
    {
        await SetAsync("default SetPolicyRequest := true\ndefault GetMetricsRequest := true");

        KataException error = await Assert.ThrowsAsync<KataException>(() => _gate.SetAsync(new SetPolicyRequest { Policy = text }, Token));

        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        await RunsAsync(new GetMetricsRequest());
        await BlockedAsync(new PauseContainerRequest());
    }

    [Fact]
    public async Task Set_ManyAtOnce_EachIsDecidedByTheOneBefore()
    {
        await SetAsync("default SetPolicyRequest := true");

        // Each new policy refuses any other, so one of them gets through, whichever it is.
        Task[] all = [.. Enumerable.Range(0, 20).Select(i => Task.Run(() => SetAsync($"default SetPolicyRequest := false\nx := {i}"), Token))];
        await Task.WhenAny(Task.WhenAll(all));

        Assert.Equal(1, all.Count(task => task.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Run_FailuresAllowed_ServesEverything()
    {
        await SetAsync("AllowRequestsFailingPolicy := true\ndefault PauseContainerRequest := false\nGetMetricsRequest := true\nGetMetricsRequest := false");

        await RunsAsync(new PauseContainerRequest());
        await RunsAsync(new GetMetricsRequest());
        await RunsAsync(new ResumeContainerRequest());
    }

    [Theory]
    [InlineData("", "the request sets OCI.Process.User.Umask, which upstream's protocol does not have, and the rule RequestExtensions is not there")]
    [InlineData("default RequestExtensions := false", "RequestExtensions says no")]
    [InlineData("RequestExtensions := {\"allowed\": true}", "RequestExtensions says no")]
    [InlineData("RequestExtensions if { print(\"paths\", object.keys(input.extensions)); input.extensions == {} }", "RequestExtensions says no: paths {\"OCI.Process.User.Umask\"}")]
    [InlineData("RequestExtensions := 1\nRequestExtensions := 2", "RequestExtensions cannot decide")]
    [InlineData("RequestExtensions if { input.extensions[\"OCI.Process.User.Umask\"] == [2] }", "RequestExtensions says no")]
    [InlineData("RequestExtensions if { input.request == \"ExecProcessRequest\" }", "RequestExtensions says no")]
    public async Task Run_FieldsThatThePolicyDoesNotKnow_AreRefused(string rule, string why)
    {
        await SetAsync("default CreateContainerRequest := true\n" + rule);

        Assert.Contains(why, (await BlockedAsync(WithUmask(18))).Message, StringComparison.Ordinal);
        await RunsAsync(new CreateContainerRequest { OCI = new Spec { Process = new Process { User = new User() } } });
    }

    [Theory]
    [InlineData("default RequestExtensions := true")]
    [InlineData("RequestExtensions if { input.request == \"CreateContainerRequest\"; every path, values in input.extensions { path == \"OCI.Process.User.Umask\"; values == [18] } }")]
    [InlineData("AllowRequestsFailingPolicy := true")]
    public async Task Run_FieldsThatThePolicyAllows_AreServed(string rule)
    {
        await SetAsync("default CreateContainerRequest := true\n" + rule);

        await RunsAsync(WithUmask(18));
    }

    [Fact]
    public async Task Run_FieldsAllowed_TheRequestsOwnRuleStillDecides()
    {
        await SetAsync("default RequestExtensions := true\ndefault CreateContainerRequest := false");

        await BlockedAsync(WithUmask(18));
    }

    [Fact]
    public async Task Run_OutputNotAllowed_IsDroppedToItsEnd()
    {
        await SetAsync("default ReadStreamRequest := false");
        TtrpcServerCall call = FakeCalls.Of(new ReadStreamRequest { Len = 10 });
        var replies = new Queue<string>(["secret", "more", ""]);

        await _gate.RunAsync(call, () => SetResponseAsync(call, replies.Dequeue()));

        Assert.Empty(replies);
        Assert.True(((ReadStreamResponse)call.Response!).Data.IsEmpty);
    }

    [Fact]
    public async Task Run_OutputAllowed_IsPassedOn()
    {
        await SetAsync("default ReadStreamRequest := true");
        TtrpcServerCall call = FakeCalls.Of(new ReadStreamRequest { Len = 10 });

        await _gate.RunAsync(call, () => SetResponseAsync(call, "shown"));

        Assert.Equal("shown", ((ReadStreamResponse)call.Response!).Data.ToStringUtf8());
    }

    [Fact]
    public void LoadFile_NoFile_LeavesTheGateOpen()
    {
        _gate.LoadFile(null);

        Assert.True(_gate.IsOpen);
    }

    [Fact]
    public async Task LoadFile_Policy_IsInForce()
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "policy.rego");
        await File.WriteAllTextAsync(path, "package agent_policy\ndefault GetMetricsRequest := true", Token);

        _gate.LoadFile(path);

        await RunsAsync(new GetMetricsRequest());
        await BlockedAsync(new PauseContainerRequest());
    }

    [Fact]
    public async Task LoadFile_NoPolicyOrMissing_Throws()
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "policy.rego");

        Assert.ThrowsAny<KataException>(() => _gate.LoadFile(path));
        await File.WriteAllTextAsync(path, "nonsense", Token);
        Assert.Contains(path, Assert.Throws<KataException>(() => _gate.LoadFile(path)).Message, StringComparison.Ordinal);
        Assert.True(_gate.IsOpen);
    }

    private static CreateContainerRequest WithUmask(uint umask) => new() { OCI = new Spec { Process = new Process { User = new User { Umask = umask } } } };

    // The reply of a call is set by the server alone, which tests of the gate do without.
    private static Task SetResponseAsync(TtrpcServerCall call, string text)
    {
        typeof(TtrpcServerCall).GetProperty(nameof(TtrpcServerCall.Response))!
            .SetValue(call, new ReadStreamResponse { Data = ByteString.CopyFromUtf8(text) });
        return Task.CompletedTask;
    }

    private Task SetAsync(string rules) => _gate.SetAsync(new SetPolicyRequest { Policy = "package agent_policy\n" + rules }, Token);

    private async Task SetBlockedAsync(string rules) =>
        Assert.Equal(ErrorCode.PermissionDenied, (await Assert.ThrowsAsync<KataException>(() => SetAsync(rules))).Code);

    private async Task<bool> RunsAsync<TRequest>(TRequest request)
        where TRequest : class, IMessage<TRequest>, new()
    {
        bool served = false;
        await _gate.RunAsync(FakeCalls.Of(request), () =>
        {
            served = true;
            return Task.CompletedTask;
        });
        return served;
    }

    private async Task<KataException> BlockedAsync<TRequest>(TRequest request)
        where TRequest : class, IMessage<TRequest>, new()
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => RunsAsync(request));
        Assert.Equal(ErrorCode.PermissionDenied, error.Code);
        Assert.StartsWith($"{request.Descriptor.Name} is blocked by policy", error.Message, StringComparison.Ordinal);
        return error;
    }
}
