using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Containers;
using Kata.Shim.Statistics;
using Kata.Shim.Stdio;
using ProcessInfo = Kata.Protocols.ContainerdTypes.ProcessInfo;
using Proto = Kata.Protocols.Task;
using TaskStatus = Kata.Protocols.ContainerdTypes.Status;

namespace Kata.Shim.Tasks;

/// <summary>containerd's Task service, version 2: translates calls; what they do is in <see cref="TaskLifecycle"/>.</summary>
/// <param name="tasks">The tasks.</param>
internal sealed class TaskService(TaskLifecycle tasks) : Proto.Task.TaskBase
{
    private const string ResourcesType = "LinuxResources";
    private const string ProcessType = "Process";

    public override async Task<Proto.CreateTaskResponse> Create(Proto.CreateTaskRequest request, ServerCallContext context)
    {
        ShimTask task = await tasks.CreateAsync(request, context.CancellationToken).ConfigureAwait(false);
        return new Proto.CreateTaskResponse { Pid = task.Pid };
    }

    public override async Task<Proto.StartResponse> Start(Proto.StartRequest request, ServerCallContext context)
    {
        ShimTask task = tasks.Find(request.Id);
        await tasks.StartAsync(task, task.Find(request.ExecId), context.CancellationToken).ConfigureAwait(false);
        return new Proto.StartResponse { Pid = task.Pid };
    }

    public override async Task<Proto.DeleteResponse> Delete(Proto.DeleteRequest request, ServerCallContext context)
    {
        ShimTask task = tasks.Find(request.Id);
        ShimProcess process = task.Find(request.ExecId);
        ProcessExit exit = process == task.Init
            ? await tasks.DeleteAsync(task).ConfigureAwait(false)
            : await TaskLifecycle.DeleteExecAsync(task, process).ConfigureAwait(false);
        return new Proto.DeleteResponse { Pid = task.Pid, ExitStatus = (uint)exit.Status, ExitedAt = Timestamp.FromDateTimeOffset(exit.At) };
    }

    public override Task<Proto.StateResponse> State(Proto.StateRequest request, ServerCallContext context)
    {
        ShimTask task = tasks.Find(request.Id);
        ShimProcess process = task.Find(request.ExecId);
        var response = new Proto.StateResponse
        {
            Id = request.Id,
            ExecId = request.ExecId,
            Bundle = task.Container.Bundle,
            Pid = task.Pid,
            Status = StatusOf(task, process),
            Stdin = process.Paths.Stdin,
            Stdout = process.Paths.Stdout,
            Stderr = process.Paths.Stderr,
            Terminal = process.Paths.Terminal,
            ExitStatus = process == task.Init ? 0u : ProcessExit.Unknown,
        };
        if (process.End is { } end)
        {
            response.ExitStatus = (uint)end.Status;
            response.ExitedAt = Timestamp.FromDateTimeOffset(end.At);
        }

        return Task.FromResult(response);
    }

    public override Task<Proto.PidsResponse> Pids(Proto.PidsRequest request, ServerCallContext context)
    {
        var response = new Proto.PidsResponse();
        response.Processes.Add(new ProcessInfo { Pid = tasks.Find(request.Id).Pid });
        return Task.FromResult(response);
    }

    public override async Task<Empty> Exec(Proto.ExecProcessRequest request, ServerCallContext context)
    {
        ShimTask task = tasks.Find(request.Id);
        Process process = OciJson.ReadProcess(Payload(request.Spec, ProcessType)) with { Terminal = request.Terminal };
        var paths = new StdioPaths(request.Stdin, request.Stdout, request.Stderr, request.Terminal);
        await tasks.ExecAsync(task, request.ExecId, process, paths, context.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    public override async Task<Empty> ResizePty(Proto.ResizePtyRequest request, ServerCallContext context)
    {
        ShimProcess process = tasks.Find(request.Id).Find(request.ExecId);
        await process.Guest.ResizeAsync(request.Width, request.Height, context.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    public override Task<Empty> CloseIO(Proto.CloseIORequest request, ServerCallContext context)
    {
        ShimProcess process = tasks.Find(request.Id).Find(request.ExecId);
        if (request.Stdin)
        {
            process.CloseStdin();
        }

        return Task.FromResult(new Empty());
    }

    public override async Task<Empty> Kill(Proto.KillRequest request, ServerCallContext context)
    {
        ShimTask task = tasks.Find(request.Id);
        ShimProcess process = task.Find(request.ExecId);
        int signal = (int)Math.Min(request.Signal, int.MaxValue);
        try
        {
            await (process == task.Init
                ? task.Container.KillAsync(signal, request.All, context.CancellationToken)
                : process.Guest.SignalAsync(signal, context.CancellationToken)).ConfigureAwait(false);
        }
        catch (KataException) when (signal is 9 or 15 && process.Guest.Exit.IsCompleted)
        {
            return new Empty(); // What was to be ended has ended.
        }

        return new Empty();
    }

    public override async Task<Empty> Pause(Proto.PauseRequest request, ServerCallContext context)
    {
        await tasks.PauseAsync(tasks.Find(request.Id), context.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    public override async Task<Empty> Resume(Proto.ResumeRequest request, ServerCallContext context)
    {
        await tasks.ResumeAsync(tasks.Find(request.Id), context.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    public override Task<Empty> Checkpoint(Proto.CheckpointTaskRequest request, ServerCallContext context) =>
        throw KataException.Unsupported("checkpoint is not supported: the state of a container is inside its VM");

    public override async Task<Empty> Update(Proto.UpdateTaskRequest request, ServerCallContext context)
    {
        ShimTask task = tasks.Find(request.Id);
        await task.Container.UpdateAsync(OciJson.ReadResources(Payload(request.Resources, ResourcesType)), context.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    public override async Task<Proto.WaitResponse> Wait(Proto.WaitRequest request, ServerCallContext context)
    {
        ShimProcess process = tasks.Find(request.Id).Find(request.ExecId);
        ProcessExit exit = await process.Exit.WaitAsync(context.CancellationToken).ConfigureAwait(false);
        return new Proto.WaitResponse { ExitStatus = (uint)exit.Status, ExitedAt = Timestamp.FromDateTimeOffset(exit.At) };
    }

    public override async Task<Proto.StatsResponse> Stats(Proto.StatsRequest request, ServerCallContext context)
    {
        ShimTask task = tasks.Find(request.Id);
        Protocols.Agent.StatsContainerResponse stats = await task.Container.StatsAsync(context.CancellationToken).ConfigureAwait(false);
        return new Proto.StatsResponse { Stats = MetricsConverter.ToAny(stats) };
    }

    public override Task<Proto.ConnectResponse> Connect(Proto.ConnectRequest request, ServerCallContext context) =>
        Task.FromResult(new Proto.ConnectResponse { ShimPid = (uint)Environment.ProcessId, TaskPid = tasks.TryFind(request.Id)?.Pid ?? 0 });

    public override Task<Empty> Shutdown(Proto.ShutdownRequest request, ServerCallContext context)
    {
        tasks.RequestShutdown();
        return Task.FromResult(new Empty());
    }

    private static TaskStatus StatusOf(ShimTask task, ShimProcess process)
    {
        if (process.End is not null)
        {
            return TaskStatus.Stopped;
        }

        return !process.Started ? TaskStatus.Created
            : task.Container.State == ContainerState.Paused ? TaskStatus.Paused
            : TaskStatus.Running;
    }

    private static ReadOnlySpan<byte> Payload(Any? any, string type) => any?.TypeUrl.EndsWith("/" + type, StringComparison.Ordinal) == true
        ? any.Value.Span
        : throw KataException.Invalid($"'{Printable.Escape(any?.TypeUrl ?? string.Empty, 256)}' is no {type} of the runtime spec");
}
