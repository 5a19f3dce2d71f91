using System.Reflection;
using System.Text;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Kata.Protocols.Agent;

namespace Kata.Privileged.Tests.Agents;

/// <summary>A live agent under a policy of the kind that is generated for pods.</summary>
public sealed class PolicyTests
{
    private const string Policy = """
        package agent_policy

        import future.keywords.in
        import future.keywords.every
        import future.keywords.if

        default CreateSandboxRequest := true
        default DestroySandboxRequest := true
        default StartContainerRequest := true
        default WaitProcessRequest := true
        default ReadStreamRequest := false
        default SetPolicyRequest := false
        default CreateContainerRequest := false

        ReadStreamRequest if { data.pstate[input.container_id] == "shown" }

        CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": kind}]} if {
            print("args", input.OCI.Process.Args)
            some kind, command in policy_data.commands
            command == input.OCI.Process.Args
            every variable in input.OCI.Process.Env {
                some allowed in policy_data.environment
                regex.match(allowed, variable)
            }

            input.OCI.Process.User.UID == 0
            is_null(input.OCI.Hooks)
            every mount in input.OCI.Mounts { mount.type_ in {"proc", "tmpfs", "devpts", "mqueue", "sysfs", "cgroup"} }
        }

        RemoveContainerRequest := {"allowed": true, "ops": [{"op": "remove", "path": concat("/", ["/pstate", input.container_id])}]} if {
            data.pstate[input.container_id]
        }

        policy_data := {
            "commands": {"hidden": ["echo", "hidden"], "shown": ["echo", "shown"]},
            "environment": ["^PATH=[/:a-z]+$", "^A=.$"],
        }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_UnderAPolicy_PassAsItSays()
    {
        await using var live = new LiveAgent();
        await live.InitializeAsync();
        await live.Agent.SetPolicyAsync(new SetPolicyRequest { Policy = Policy }, cancellationToken: Token);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => live.CreateAsync("c1", live.NewSpec("c1", "sh", "-c", "id")));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Contains("CreateContainerRequest is blocked by policy: args [\"sh\", \"-c\", \"id\"]", refused.Status.Detail, StringComparison.Ordinal);
        (int code, string output, _) = await live.RunAsync("c2", live.NewSpec("c2", "echo", "shown"));
        Assert.Equal((0, "shown\n"), (code, output));
        (code, output, _) = await live.RunAsync("c3", live.NewSpec("c3", "echo", "hidden"));
        Assert.Equal((0, ""), (code, output));
        Assert.Equal(StatusCode.PermissionDenied, await StatusOf(async () => await live.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: Token)));
        Assert.Equal(StatusCode.PermissionDenied, await StatusOf(async () => await live.Agent.SetPolicyAsync(new SetPolicyRequest { Policy = "package agent_policy" }, cancellationToken: Token)));
        await live.Health.CheckAsync(new CheckRequest(), cancellationToken: Token);
    }

    [Fact]
    public async Task SetPolicy_HostileOnes_AreRefusedAndTheAgentServesOn()
    {
        await using var live = new LiveAgent();
        await live.InitializeAsync();
        string[] policies =
        [
            "package agent_policy\np := " + new string('[', 1_000_000),
            "package agent_policy\np := 1 " + string.Concat(Enumerable.Repeat("+ 1 ", 200_000)),
            "package agent_policy\np if { http.send({}).status == 200 }",
            new string('x', 3 * 1024 * 1024),
            Encoding.Latin1.GetString([.. Enumerable.Range(0, 256).Select(i => (byte)i)]),
        ];

        foreach (string policy in policies)
        {
            Assert.Contains(
                await StatusOf(async () => await live.Agent.SetPolicyAsync(new SetPolicyRequest { Policy = policy }, cancellationToken: Token)),
                new[] { StatusCode.InvalidArgument, StatusCode.Unimplemented });
        }

        await live.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: Token);
        const string Endless = "package agent_policy\ndefault DestroySandboxRequest := true\nr := numbers.range(1, 100000)\nGuestDetailsRequest if { some a in r; some b in r; a == -b }";
        await live.Agent.SetPolicyAsync(new SetPolicyRequest { Policy = Endless }, cancellationToken: Token);
        Assert.Equal(StatusCode.PermissionDenied, await StatusOf(async () => await live.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: Token)));
    }

    [Fact]
    public async Task EveryMethod_UnderAPolicyThatAllowsNothing_IsRefused()
    {
        // Output is read and dropped instead, the agent has to end, and the clock is the whole machine's should the policy fail.
        string[] others = ["ReadStdout", "ReadStderr", "DestroySandbox", "SetGuestDateTime"];
        await using var live = new LiveAgent();
        await live.InitializeAsync();
        await live.Agent.SetPolicyAsync(new SetPolicyRequest { Policy = "package agent_policy\ndefault DestroySandboxRequest := true" }, cancellationToken: Token);

        foreach (MethodDescriptor method in AgentService.Descriptor.Methods.Where(method => !others.Contains(method.Name)))
        {
            MethodInfo call = typeof(AgentService.AgentServiceClient).GetMethod(method.Name, [method.InputType.ClrType, typeof(CallOptions)])!;
            object[] arguments = [Activator.CreateInstance(method.InputType.ClrType)!, new CallOptions(cancellationToken: Token)];

            RpcException error = Assert.IsType<RpcException>(Assert.Throws<TargetInvocationException>(() => call.Invoke(live.Agent, arguments)).InnerException);

            Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
            Assert.Contains($"{method.InputType.Name} is blocked by policy", error.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task SetPolicy_WhatTheLanguageOffers_WorksInTheAgent()
    {
        await using var live = new LiveAgent();
        await live.InitializeAsync();
        await live.Agent.SetPolicyAsync(
            new SetPolicyRequest
            {
                Policy = """
                    package agent_policy

                    import rego.v1

                    default DestroySandboxRequest := true
                    default known(_) := false

                    known(id) if glob.match("{c,d}[0-9]", [], id)

                    PauseContainerRequest if {
                        known(input.container_id) with data.pstate as {"k": 1}
                        regex.match(`(?i)^\p{Greek}K\PL$`, "\u03c3\u212a1")
                        json.unmarshal(json.marshal(input)) == input
                        semver.compare("1.10.0", "1.9.0") > 0
                        net.cidr_contains("fd00::/8", "fd00::1")
                        units.parse_bytes("1.5Ki") == 1536
                        base64url.decode(base64url.encode("\u00e4")) == "\u00e4"
                        [value] == [value | walk(input, [["container_id"], value])]
                        18446744073709551615 + 1 == 18446744073709551616
                        sprintf("%05d|%.2f", [42, 1.5]) == "00042|1.50"
                        value := input.container_id
                    }
                    """,
            },
            cancellationToken: Token);

        // Past the policy, where there is no such container.
        Assert.NotEqual(StatusCode.PermissionDenied, await StatusOf(async () => await live.Agent.PauseContainerAsync(new PauseContainerRequest { ContainerId = "c1" }, cancellationToken: Token)));
        Assert.Equal(StatusCode.PermissionDenied, await StatusOf(async () => await live.Agent.PauseContainerAsync(new PauseContainerRequest { ContainerId = "x1" }, cancellationToken: Token)));
    }

    [Fact]
    public async Task Start_PolicyInTheImage_CountsFromTheFirstRequest()
    {
        Assert.SkipWhen(LiveAgent.Elsewhere is not null, "the agent's image is another one");
        string image = Directory.CreateTempSubdirectory("kata-image-").FullName;
        try
        {
            await WriteImagePolicyAsync(image, "package agent_policy\ndefault CreateSandboxRequest := true\ndefault DestroySandboxRequest := true");
            await using var live = new LiveAgent { Preparation = $"mount -t overlay overlay -o lowerdir={image}:/etc /etc" };
            await live.InitializeAsync();

            Assert.Equal(StatusCode.PermissionDenied, await StatusOf(async () => await live.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: Token)));
            Assert.Equal(StatusCode.PermissionDenied, await StatusOf(async () => await live.Agent.SetPolicyAsync(new SetPolicyRequest { Policy = Policy }, cancellationToken: Token)));
        }
        finally
        {
            Directory.Delete(image, recursive: true);
        }
    }

    [Fact]
    public async Task Start_PolicyInTheImageThatIsNone_DoesNotServe()
    {
        Assert.SkipWhen(LiveAgent.Elsewhere is not null, "the agent's image is another one");
        string image = Directory.CreateTempSubdirectory("kata-image-").FullName;
        try
        {
            await WriteImagePolicyAsync(image, "package agent_policy\ndefault CreateSandboxRequest := nonsense");
            await using var live = new LiveAgent { Preparation = $"mount -t overlay overlay -o lowerdir={image}:/etc /etc" };

            await Assert.ThrowsAnyAsync<Exception>(async () => await live.InitializeAsync());

            Assert.NotEqual(0, await live.WaitForExitAsync());
            Assert.Contains(live.Log, line => line.Contains("default-policy.rego", StringComparison.Ordinal) && line.Contains("line 2, column 9", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(image, recursive: true);
        }
    }

    // Where docs/reference/policy.md says.
    private static Task WriteImagePolicyAsync(string etc, string policy)
    {
        string directory = Directory.CreateDirectory(Path.Combine(etc, "kata-opa")).FullName;
        return File.WriteAllTextAsync(Path.Combine(directory, "default-policy.rego"), policy, Token);
    }

    private static async Task<StatusCode> StatusOf(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).StatusCode;
}
