using Google.Protobuf.WellKnownTypes;
using Kata.Protocols.Events;
using Kata.Runtime.Containers;
using Kata.Shim.Events;
using Proto = Kata.Protocols.Task;

namespace Kata.Shim.Tasks;

/// <summary>Tells containerd what happens to tasks.</summary>
internal sealed class TaskEvents(EventPublisher publisher)
{
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
        publisher.Publish(EventTopics.Create, message);
    }

    public void Started(ShimTask task, ShimProcess process)
    {
        if (process == task.Init)
        {
            publisher.Publish(EventTopics.Start, new TaskStart { ContainerId = task.Id, Pid = task.Pid });
        }
        else
        {
            publisher.Publish(EventTopics.ExecStarted, new TaskExecStarted { ContainerId = task.Id, ExecId = process.Guest.ExecId, Pid = task.Pid });
        }
    }

    public void Exited(ShimTask task, ShimProcess process, ProcessExit exit) => publisher.Publish(EventTopics.Exit, new TaskExit
    {
        ContainerId = task.Id,
        Id = process.Guest.ExecId,
        Pid = task.Pid,
        ExitStatus = (uint)exit.Status,
        ExitedAt = Timestamp.FromDateTimeOffset(exit.At),
    });

    public void Deleted(ShimTask task, ProcessExit exit) => publisher.Publish(EventTopics.Delete, new TaskDelete
    {
        ContainerId = task.Id,
        Pid = task.Pid,
        ExitStatus = (uint)exit.Status,
        ExitedAt = Timestamp.FromDateTimeOffset(exit.At),
    });

    public void ExecAdded(ShimTask task, string execId) => publisher.Publish(EventTopics.ExecAdded, new TaskExecAdded { ContainerId = task.Id, ExecId = execId });

    public void Paused(string id) => publisher.Publish(EventTopics.Paused, new TaskPaused { ContainerId = id });

    public void Resumed(string id) => publisher.Publish(EventTopics.Resumed, new TaskResumed { ContainerId = id });

    public void OutOfMemory(string id) => publisher.Publish(EventTopics.OutOfMemory, new TaskOOM { ContainerId = id });
}
