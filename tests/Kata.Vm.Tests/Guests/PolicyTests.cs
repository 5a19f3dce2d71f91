using System.Text;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>Policies in a guest: found in its image, given by the host, and not usable.</summary>
public sealed class PolicyTests(PolicyTests.Guest guest) : IClassFixture<PolicyTests.Guest>
{
    private const string ImageFile = "etc/kata-opa/default-policy.rego";

    // In the form of generated ones: one known container, no added processes; another policy only if it says who made it.
    private const string Policy = """
        package agent_policy

        import rego.v1

        default ExecProcessRequest := false

        CreateSandboxRequest if input.sandbox_id == "sandbox1"

        CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": true}]} if {
            not data.pstate[input.container_id]
            some known in containers
            input.OCI.Process.Args == known.args
            every mount in input.OCI.Mounts { mount.source in known.sources }
            count(input.storages) == 0
        }

        ExecProcessRequest if {
            print("no processes are added to", input.container_id)
            false
        }

        StartContainerRequest if data.pstate[input.container_id]
        WaitProcessRequest := true
        RemoveContainerRequest := true
        ReadStreamRequest if input.container_id != "mute"
        SetPolicyRequest if startswith(input.policy, "# signed\n")

        containers := [{"args": ["echo", "as agreed"], "sources": {"proc", "tmpfs", "devpts", "sysfs"}}]
        """;

    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Image_HasAPolicy_AgreedContainerRunsOnceAndOthersAreDenied()
    {
        ContainerRun agreed = await Vm.Containers.RunAsync("agreed", Vm.Containers.NewSpec("agreed", "echo", "as agreed"));
        RpcException other = await DeniedAsync(() => Vm.Containers.RunAsync("other", Vm.Containers.NewSpec("other", "echo", "other")));
        Protocols.Oci.Spec spec = Vm.Containers.NewSpec("bound", "echo", "as agreed");
        GuestContainers.AddBind(spec, "/proc", "/hostproc");
        RpcException bound = await DeniedAsync(() => Vm.Containers.RunAsync("bound", spec));
        RpcException again = await DeniedAsync(() => Vm.Containers.RunAsync("agreed", Vm.Containers.NewSpec("agreed", "echo", "as agreed")));

        Assert.Equal((0, "as agreed\n"), (agreed.Code, agreed.Output));
        Assert.All([other, bound, again], error => Assert.StartsWith("CreateContainerRequest is blocked by policy: ", error.Status.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Exec_RuleSaysNo_PermissionDeniedWithWhatItPrinted()
    {
        RpcException error = await DeniedAsync(() => Vm.Containers.ExecAsync("any", "sh", "sh"));

        Assert.Equal("ExecProcessRequest is blocked by policy: no processes are added to any", error.Status.Detail);
    }

    [Fact]
    public async Task Request_WithoutARule_IsDenied()
    {
        RpcException error = await DeniedAsync(async () => await Vm.Agent.GetGuestDetailsAsync(new GuestDetailsRequest()));

        Assert.Equal("GuestDetailsRequest is blocked by policy: the policy has no rule for it", error.Status.Detail);
    }

    [Fact]
    public async Task Output_NotAllowed_IsEmptyAndTheProgramEnds()
    {
        ContainerRun run = await Vm.Containers.RunAsync("mute", Vm.Containers.NewSpec("mute", "echo", "as agreed"));

        Assert.Equal((0, ""), (run.Code, run.Output));
    }

    [Fact]
    public async Task SetPolicy_NotAsTheImageWantsIt_IsDeniedAndChangesNothing()
    {
        RpcException error = await DeniedAsync(async () => await Vm.Agent.SetPolicyAsync(new SetPolicyRequest { Policy = "package agent_policy\nExecProcessRequest := true" }));
        RpcException exec = await DeniedAsync(() => Vm.Containers.ExecAsync("any", "sh", "sh"));

        Assert.Equal("SetPolicyRequest is blocked by policy: the rule has no value", error.Status.Detail);
        Assert.Contains("no processes", exec.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetPolicy_ThatTheImageAllows_IsInForceAtOnceAndABrokenOneIsNot()
    {
        await using var vm = NewVm(Policy);
        await vm.BootAsync();
        async Task SetAsync(string policy) => await vm.Agent.SetPolicyAsync(new SetPolicyRequest { Policy = policy });

        RpcException broken = await Assert.ThrowsAsync<RpcException>(() => SetAsync("# signed\npackage agent_policy\nGuestDetailsRequest := http.send({})"));
        await DeniedAsync(async () => await vm.Agent.GetGuestDetailsAsync(new GuestDetailsRequest()));
        await SetAsync("# signed\npackage agent_policy\nGuestDetailsRequest := true");
        await vm.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: TestContext.Current.CancellationToken);
        await DeniedAsync(() => vm.Containers.RunAsync("agreed", vm.Containers.NewSpec("agreed", "echo", "as agreed")));

        Assert.Equal(StatusCode.Unimplemented, broken.StatusCode);
        Assert.StartsWith("policy line 3, column 24: the function 'http.send'", broken.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("package agent_policy\n\nCreateSandboxRequest if {", "policy line 3")]
    [InlineData("package agent_policy\nCreateSandboxRequest if http.send({})", "policy line 2")]
    [InlineData("package other\nCreateSandboxRequest := true", "it must be 'agent_policy'")]
    public async Task Image_PolicyIsNotUsable_AgentDoesNotServeAndTheConsoleSaysWhy(string policy, string why)
    {
        await using AgentVm vm = NewVm(policy);

        await RefusesToServeAsync(vm, "/etc/kata-opa/default-policy.rego", why);
    }

    [Fact]
    public async Task KernelCommandLine_NamesAPolicyThatIsNotThere_AgentDoesNotServe()
    {
        await using var vm = new AgentVm { KernelParameters = { "KATA_AGENT_POLICY_FILE=/etc/none.rego" } };

        await RefusesToServeAsync(vm, "/etc/none.rego", "ENOENT");
    }

    // The host is told, and so is whoever reads the console after the machine has ended.
    private static async Task RefusesToServeAsync(AgentVm vm, string file, string why)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(vm.BootAsync);
        await vm.Ended.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        foreach (string told in (string[])[error.Status.Detail, vm.Console])
        {
            Assert.Contains($"the agent's policy {file}: ", told, StringComparison.Ordinal);
            Assert.Contains(why, told, StringComparison.Ordinal);
        }
    }

    private static async Task<RpcException> DeniedAsync(Func<Task> call)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
        return error;
    }

    private static AgentVm NewVm(string policy)
    {
        var vm = new AgentVm();
        vm.Files.Directory("etc").Directory("etc/kata-opa").File(ImageFile, Encoding.UTF8.GetBytes(policy));
        return vm;
    }

    public sealed class Guest : IAsyncLifetime
    {
        public AgentVm Vm { get; } = NewVm(Policy);

        public async ValueTask InitializeAsync() => await Vm.BootAsync();

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
