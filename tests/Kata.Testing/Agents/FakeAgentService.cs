using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Protocols.Agent;

namespace Kata.Testing.Agents;

/// <summary>The fake agent's AgentService: what a real one does with containers and processes, on objects. Calls without an override are Unimplemented.</summary>
internal sealed class FakeAgentService(FakeAgent agent) : AgentService.AgentServiceBase
{
    public override Task<Empty> CreateSandbox(CreateSandboxRequest request, ServerCallContext context) =>
        Do(nameof(CreateSandbox), request, context);

    public override Task<Empty> SetPolicy(SetPolicyRequest request, ServerCallContext context) => Do(nameof(SetPolicy), request, context);

    public override Task<Empty> DestroySandbox(DestroySandboxRequest request, ServerCallContext context) =>
        Do(nameof(DestroySandbox), request, context);

    public override Task<Empty> CreateContainer(CreateContainerRequest request, ServerCallContext context) =>
        Do(nameof(CreateContainer), request, context, () => agent.AddProcess(request.ContainerId, ""));

    public override Task<Empty> StartContainer(StartContainerRequest request, ServerCallContext context) =>
        Do(nameof(StartContainer), request, context, () => Run(agent.Process(request.ContainerId)));

    public override Task<Empty> RemoveContainer(RemoveContainerRequest request, ServerCallContext context) =>
        Do(nameof(RemoveContainer), request, context, () => agent.RemoveContainer(request.ContainerId));

    public override Task<Empty> ExecProcess(ExecProcessRequest request, ServerCallContext context) =>
        Do(nameof(ExecProcess), request, context, () =>
        {
            agent.Process(request.ContainerId);
            Run(agent.AddProcess(request.ContainerId, request.ExecId));
        });

    public override Task<Empty> SignalProcess(SignalProcessRequest request, ServerCallContext context) =>
        Do(nameof(SignalProcess), request, context, () => agent.Process(request.ContainerId, request.ExecId).Signal(request.Signal));

    public override Task<WaitProcessResponse> WaitProcess(WaitProcessRequest request, ServerCallContext context) =>
        agent.AnswerAsync(nameof(WaitProcess), request, context, async () =>
        {
            int status = await agent.Process(request.ContainerId, request.ExecId).Exited.WaitAsync(context.CancellationToken);
            return new WaitProcessResponse { Status = status };
        });

    public override Task<WriteStreamResponse> WriteStdin(WriteStreamRequest request, ServerCallContext context) =>
        agent.AnswerAsync(nameof(WriteStdin), request, context, () =>
        {
            agent.Process(request.ContainerId, request.ExecId).Stdin.Write(request.Data.Span);
            return Task.FromResult(new WriteStreamResponse { Len = (uint)request.Data.Length });
        });

    public override Task<Empty> CloseStdin(CloseStdinRequest request, ServerCallContext context) =>
        Do(nameof(CloseStdin), request, context, () => agent.Process(request.ContainerId, request.ExecId).Stdin.Close());

    public override Task<ReadStreamResponse> ReadStdout(ReadStreamRequest request, ServerCallContext context) =>
        Read(nameof(ReadStdout), request, context, process => process.Stdout);

    public override Task<ReadStreamResponse> ReadStderr(ReadStreamRequest request, ServerCallContext context) =>
        Read(nameof(ReadStderr), request, context, process => process.Stderr);

    public override Task<Empty> TtyWinResize(TtyWinResizeRequest request, ServerCallContext context) =>
        Do(nameof(TtyWinResize), request, context, () =>
            agent.Process(request.ContainerId, request.ExecId).TerminalSize = (request.Row, request.Column));

    public override Task<Empty> UpdateContainer(UpdateContainerRequest request, ServerCallContext context) =>
        Do(nameof(UpdateContainer), request, context, () => agent.Process(request.ContainerId));

    public override Task<StatsContainerResponse> StatsContainer(StatsContainerRequest request, ServerCallContext context) =>
        agent.AnswerAsync(nameof(StatsContainer), request, context, () =>
        {
            agent.Process(request.ContainerId);
            return Task.FromResult(new StatsContainerResponse { CgroupStats = new CgroupStats() });
        });

    public override Task<Empty> PauseContainer(PauseContainerRequest request, ServerCallContext context) =>
        Do(nameof(PauseContainer), request, context, () => agent.Process(request.ContainerId));

    public override Task<Empty> ResumeContainer(ResumeContainerRequest request, ServerCallContext context) =>
        Do(nameof(ResumeContainer), request, context, () => agent.Process(request.ContainerId));

    public override Task<GuestDetailsResponse> GetGuestDetails(GuestDetailsRequest request, ServerCallContext context) =>
        agent.AnswerAsync(nameof(GetGuestDetails), request, context, () => Task.FromResult(new GuestDetailsResponse()));

    public override Task<OOMEvent> GetOOMEvent(GetOOMEventRequest request, ServerCallContext context) =>
        agent.AnswerAsync(nameof(GetOOMEvent), request, context, async () =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new OOMEvent();
        });

    public override Task<Empty> OnlineCPUMem(OnlineCPUMemRequest request, ServerCallContext context) =>
        Do(nameof(OnlineCPUMem), request, context);

    public override Task<Empty> SetGuestDateTime(SetGuestDateTimeRequest request, ServerCallContext context) =>
        Do(nameof(SetGuestDateTime), request, context);

    public override Task<Empty> ReseedRandomDev(ReseedRandomDevRequest request, ServerCallContext context) =>
        Do(nameof(ReseedRandomDev), request, context);

    public override Task<Empty> CopyFile(CopyFileRequest request, ServerCallContext context) =>
        Do(nameof(CopyFile), request, context);

    private Task<Empty> Do(string method, IMessage request, ServerCallContext context, Action? usual = null) =>
        agent.AnswerAsync(method, request, context, () =>
        {
            usual?.Invoke();
            return Task.FromResult(new Empty());
        });

    private Task<ReadStreamResponse> Read(string method, ReadStreamRequest request, ServerCallContext context, Func<FakeProcess, FakePipe> stream) =>
        agent.AnswerAsync(method, request, context, async () =>
        {
            FakePipe pipe = stream(agent.Process(request.ContainerId, request.ExecId));
            byte[] data = await pipe.ReadAsync((int)Math.Min(request.Len, 1 << 20), context.CancellationToken);
            return new ReadStreamResponse { Data = UnsafeByteOperations.UnsafeWrap(data) };
        });

    private void Run(FakeProcess process)
    {
        process.Start();
        _ = Task.Run(() => agent.Program(process));
    }
}
