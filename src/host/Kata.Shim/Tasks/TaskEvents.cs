using Google.Protobuf.WellKnownTypes;
using Kata.Protocols.Events;
using Kata.Runtime.Containers;
using Kata.Shim.Events;
using Proto = Kata.Protocols.Task;

namespace Kata.Shim.Tasks;

/// <summary>Tells containerd what happens to tasks.</summary>
internal sealed class TaskEvents(EventPublisher publisher)
{
    private const string Package = "containerd.events.";

    public void Created(Proto.CreateTaskRequest request, ShimTask task)
    {
        var message = new TaskCreate
        {
            ContainerId = request.Id,
            Bundle = request.Bundle,
            Io = new TaskIO { Stdin = request.Stdin, Stdout = request.Stdout, Stderr = request.Stderr, Terminal = request.Terminal },
            Checkpoint = request.Checkpoint,
            Pid = task.Pid,
        };
        message.Rootfs.AddRange(request.Rootfs);
        publisher.Publish(EventTopics.Create, Package + nameof(TaskCreate), message);
    }

    public void Started(ShimTask task, ShimProcess process)
    {
        if (process == task.Init)
        {
            publisher.Publish(EventTopics.Start, Package + nameof(TaskStart), new TaskStart { ContainerId = task.Id, Pid = task.Pid });
        }
        else
        {
            publisher.Publish(EventTopics.ExecStarted, Package + nameof(TaskExecStarted), new TaskExecStarted { ContainerId = task.Id, ExecId = process.Guest.ExecId, Pid = task.Pid });
        }
    }

    public void Exited(ShimTask task, ShimProcess process, ProcessExit exit) => publisher.Publish(EventTopics.Exit, Package + nameof(TaskExit), new TaskExit
    {
        ContainerId = task.Id,
        Id = process.Guest.ExecId,
        Pid = task.Pid,
        ExitStatus = (uint)exit.Status,
        ExitedAt = Timestamp.FromDateTimeOffset(exit.At),
    });

    public void Deleted(ShimTask task, ProcessExit exit) => publisher.Publish(EventTopics.Delete, Package + nameof(TaskDelete), new TaskDelete
    {
        ContainerId = task.Id,
        Pid = task.Pid,
        ExitStatus = (uint)exit.Status,
        ExitedAt = Timestamp.FromDateTimeOffset(exit.At),
    });

    public void ExecAdded(ShimTask task, string execId) => publisher.Publish(EventTopics.ExecAdded, Package + nameof(TaskExecAdded), new TaskExecAdded { ContainerId = task.Id, ExecId = execId });

    public void Paused(string id) => publisher.Publish(EventTopics.Paused, Package + nameof(TaskPaused), new TaskPaused { ContainerId = id });

    public void Resumed(string id) => publisher.Publish(EventTopics.Resumed, Package + nameof(TaskResumed), new TaskResumed { ContainerId = id });

    public void OutOfMemory(string id) => publisher.Publish(EventTopics.OutOfMemory, Package + nameof(TaskOOM), new TaskOOM { ContainerId = id });
}
