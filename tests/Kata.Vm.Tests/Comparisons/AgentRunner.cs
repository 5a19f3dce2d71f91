using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Vm.Tests.Guests;

namespace Kata.Vm.Tests.Comparisons;

/// <summary>Runs cases with the agent in a VM.</summary>
internal sealed class AgentRunner(AgentVm vm)
{
    public async Task<Outcome> RunAsync(string id, ComparisonCase theCase, CancellationToken cancellationToken)
    {
        string config = theCase.Config.Replace("{rootfs}", AgentVm.Rootfs, StringComparison.Ordinal).Replace("{id}", id, StringComparison.Ordinal);
        Spec spec = OciMessage.Read<Spec>(JsonNode.Parse(config)!);
        try
        {
            await vm.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec }, cancellationToken: cancellationToken);
        }
        catch (RpcException error)
        {
            return new Outcome(error.Status.Detail, string.Empty);
        }

        try
        {
            return await RunCreatedAsync(id, theCase, cancellationToken);
        }
        catch (RpcException error)
        {
            return new Outcome(error.Status.Detail, string.Empty);
        }
        finally
        {
            await vm.Containers.RemoveAsync(id);
        }
    }

    private async Task<Outcome> RunCreatedAsync(string id, ComparisonCase theCase, CancellationToken token)
    {
        Task<string> error = vm.Containers.ReadToEndAsync(id, error: true);
        await vm.Agent.CloseStdinAsync(new CloseStdinRequest { ContainerId = id }, cancellationToken: token);
        await vm.Agent.StartContainerAsync(new StartContainerRequest { ContainerId = id }, cancellationToken: token);
        var output = new StringBuilder();
        string steps = string.Empty;
        if (theCase.Steps.Count > 0)
        {
            var read = new ReadStreamRequest { ContainerId = id, Len = 4096 };
            string part;
            do
            {
                part = (await vm.Agent.ReadStdoutAsync(read, cancellationToken: token)).Data.ToStringUtf8();
                output.Append(part);
            }
            while (part.Length > 0 && !output.ToString().Contains("ready\n", StringComparison.Ordinal));
            steps = part.Length == 0 ? string.Empty : await StepsAsync(id, theCase.Steps, token);
        }

        output.Append(await vm.Containers.ReadToEndAsync(id));
        int code = (await vm.Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = id }, cancellationToken: token)).Status;
        return new Outcome(null, Outcome.Part("program", code, output.ToString(), await error) + steps);
    }

    private async Task<string> StepsAsync(string id, IReadOnlyList<JsonNode> steps, CancellationToken token)
    {
        var text = new StringBuilder();
        foreach (JsonNode step in steps)
        {
            if (step["exec"] is { } exec)
            {
                text.Append(await ExecAsync(id, OciMessage.Read<Process>(exec), token));
            }
            else if (step["signal"] is { } signal)
            {
                await SignalAsync(id, (uint)signal, token);
            }
            else
            {
                await Task.Delay((int)step["wait"]!, token);
            }
        }

        return text.ToString();
    }

    private async Task<string> ExecAsync(string id, Process process, CancellationToken token)
    {
        try
        {
            await vm.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = id, ExecId = "e1", Process = process }, cancellationToken: token);
        }
        catch (RpcException)
        {
            return "exec refused\n";
        }

        Task<string> error = vm.Containers.ReadToEndAsync(id, "e1", error: true);
        string output = await vm.Containers.ReadToEndAsync(id, "e1");
        int code = (await vm.Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = id, ExecId = "e1" }, cancellationToken: token)).Status;
        return Outcome.Part("exec", code, output, await error);
    }

    private async Task SignalAsync(string id, uint signal, CancellationToken token)
    {
        try
        {
            await vm.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = id, Signal = signal }, cancellationToken: token);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            // It ended before, which the case's text shows.
            return;
        }
    }
}
