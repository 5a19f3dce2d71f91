using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Events;
using Kata.Shim.Events;
using Kata.Shim.Tests.Fakes;
using Kata.Testing.Agents;
using Proto = Kata.Protocols.Task;
using TaskStatus = Kata.Protocols.ContainerdTypes.Status;

namespace Kata.Shim.Tests;

public sealed class TaskServiceTests : IAsyncDisposable
{
    private readonly ShimHarness _shim = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _shim.DisposeAsync();

    [Fact]
    public async Task Task_WholeLife_AnnouncesEachStepInOrder()
    {
        Proto.CreateTaskResponse created = await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        AsyncUnaryCall<Proto.WaitResponse>[] waits = [Wait("c1"), Wait("c1"), Wait("c1")];
        _shim.Agent.Process("c1").Exit(42);

        foreach (AsyncUnaryCall<Proto.WaitResponse> wait in waits)
        {
            Assert.Equal(42u, (await wait).ExitStatus);
        }

        Proto.DeleteResponse deleted = await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token);
        await _shim.Client.ShutdownAsync(new Proto.ShutdownRequest { Id = "c1" }, cancellationToken: Token);

        Assert.Equal((uint)_shim.Machine.ProcessId, created.Pid);
        Assert.Equal(42u, deleted.ExitStatus);
        Assert.Equal(created.Pid, (await _shim.Containerd.ExpectAsync<TaskCreate>(EventTopics.Create, Token)).Pid);
        await _shim.Containerd.ExpectAsync<TaskStart>(EventTopics.Start, Token);
        TaskExit exit = await _shim.Containerd.ExpectAsync<TaskExit>(EventTopics.Exit, Token);
        Assert.Equal(("c1", "c1", 42u), (exit.ContainerId, exit.Id, exit.ExitStatus));
        await _shim.Containerd.ExpectAsync<TaskDelete>(EventTopics.Delete, Token);
        Assert.True(_shim.ShutDown);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_shim.RunRoot, "vc/sbs")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_shim.RunRoot, "kata-containers/shared/sandboxes")));
    }

    [Fact]
    public async Task Start_ProgramEndsBeforeTheAnswer_LosesNoOutput()
    {
        string fifo = _shim.Fifo("out");
        Proto.CreateTaskRequest request = _shim.Request("c1");
        request.Stdout = fifo;
        Task<string> output = Task.Run(() => File.ReadAllText(fifo), Token);
        await _shim.Client.CreateAsync(request, cancellationToken: Token);
        _shim.Agent.On<StartContainerRequest, Empty>("StartContainer", async (_, _) =>
        {
            FakeProcess process = _shim.Agent.Process("c1");
            process.WriteLine("number 23");
            process.Exit(23);

            // Time for the end to arrive at the shim, which must not take it for the end of the output.
            await ((Task)output).WaitAsync(TimeSpan.FromMilliseconds(300), Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new Empty();
        });

        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);

        Assert.Equal(23u, (await Wait("c1")).ExitStatus);
        Assert.Equal("number 23\n", await output.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public async Task Exit_NothingKeptInTheGuest_MachineIsSwitchedOffAtOnce()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        _shim.Agent.Process("c1").Exit(0);
        await Wait("c1");

        await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token);

        Assert.True(_shim.Machine.Exited.IsCompleted);
        Assert.DoesNotContain("DestroySandbox", _shim.Agent.Arrived);
    }

    [Fact]
    public async Task Delete_ProcessInTheGuest_SandboxIsShutDownFirst()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);

        await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token);

        Assert.Contains("DestroySandbox", _shim.Agent.Arrived);
    }

    /// <summary>CVE-2026-24054: an empty directory of the host's disk as root was taken for that disk.</summary>
    [Fact]
    public async Task Create_RootfsIsAnEmptyDirectory_SharesThatAndPlugsInNoDevice()
    {
        string empty = Directory.CreateDirectory(Path.Combine(_shim.RunRoot, "empty")).FullName;
        Proto.CreateTaskRequest request = _shim.Request("c1");
        request.Rootfs.Add(new Protocols.ContainerdTypes.Mount { Type = "bind", Source = empty, Options = { "rbind", "ro" } });

        await _shim.Client.CreateAsync(request, cancellationToken: Token);

        CreateContainerRequest sent = Assert.Single(_shim.Agent.Requests<CreateContainerRequest>("CreateContainer"));
        Assert.Empty(sent.Devices);
        Assert.Empty(sent.Storages);
        Assert.Equal("/run/kata-containers/shared/containers/c1/rootfs", sent.OCI.Root.Path);
        Assert.All(Assert.Single(_shim.Agent.Requests<CreateSandboxRequest>("CreateSandbox")).Storages, storage => Assert.Contains(storage.Driver, (string[])["virtio-fs", "9p", "ephemeral"]));
    }

    [Fact]
    public async Task Create_SameIdTwice_AlreadyExists()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);

        await AssertFailsAsync(StatusCode.AlreadyExists, _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token));
    }

    [Fact]
    public async Task Create_AgentRefuses_LeavesNothing()
    {
        _shim.Agent.Fail("CreateContainer", StatusCode.NotFound, "exec: \"nope\": executable file not found in $PATH");

        RpcException error = await AssertFailsAsync(StatusCode.NotFound, _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token));

        Assert.Equal("exec: \"nope\": executable file not found in $PATH", error.Status.Detail);
        await AssertFailsAsync(StatusCode.NotFound, _shim.Client.StateAsync(new Proto.StateRequest { Id = "c1" }, cancellationToken: Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_shim.RunRoot, "vc/sbs")));
    }

    [Fact]
    public async Task Start_AgentRefuses_TaskIsStoppedAndDeletable()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        _shim.Agent.Fail("StartContainer", StatusCode.PermissionDenied, "permission denied");

        await AssertFailsAsync(StatusCode.PermissionDenied, _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token));

        Assert.Equal(126u, (await Wait("c1")).ExitStatus);
        Assert.Equal(TaskStatus.Stopped, (await StateAsync("c1")).Status);
        Assert.Equal(126u, (await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token)).ExitStatus);
    }

    [Fact]
    public async Task State_Life_IsShown()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        Assert.Equal(TaskStatus.Created, (await StateAsync("c1")).Status);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        Assert.Equal(TaskStatus.Running, (await StateAsync("c1")).Status);
        await _shim.Client.PauseAsync(new Proto.PauseRequest { Id = "c1" }, cancellationToken: Token);
        Assert.Equal(TaskStatus.Paused, (await StateAsync("c1")).Status);
        await _shim.Client.ResumeAsync(new Proto.ResumeRequest { Id = "c1" }, cancellationToken: Token);
        Assert.Equal(TaskStatus.Running, (await StateAsync("c1")).Status);
        await AssertFailsAsync(StatusCode.FailedPrecondition, _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token));

        await _shim.Client.KillAsync(new Proto.KillRequest { Id = "c1", Signal = 9 }, cancellationToken: Token);
        await Wait("c1");

        Proto.StateResponse state = await StateAsync("c1");
        Assert.Equal((TaskStatus.Stopped, 137u), (state.Status, state.ExitStatus));
        await _shim.Client.KillAsync(new Proto.KillRequest { Id = "c1", Signal = 9 }, cancellationToken: Token);
        await AssertFailsAsync(StatusCode.NotFound, _shim.Client.KillAsync(new Proto.KillRequest { Id = "c1", Signal = 1 }, cancellationToken: Token));
    }

    [Fact]
    public async Task Vm_Dies_EveryProcessEndsWith137()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        await _shim.Client.ExecAsync(ShimHarness.Exec("c1", "e1"), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1", ExecId = "e1" }, cancellationToken: Token);

        _shim.Machine.Crash();

        Assert.Equal(137u, (await Wait("c1")).ExitStatus);
        Assert.Equal(137u, (await Wait("c1", "e1")).ExitStatus);
        Assert.Equal(137u, (await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token)).ExitStatus);
    }

    [Fact]
    public async Task Exec_Life_HasItsOwnExit()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        await _shim.Client.ExecAsync(ShimHarness.Exec("c1", "e1"), cancellationToken: Token);
        await AssertFailsAsync(StatusCode.AlreadyExists, _shim.Client.ExecAsync(ShimHarness.Exec("c1", "e1"), cancellationToken: Token));
        Proto.StateResponse before = await StateAsync("c1", "e1");
        await AssertFailsAsync(
            StatusCode.FailedPrecondition, _shim.Client.KillAsync(new Proto.KillRequest { Id = "c1", ExecId = "e1", Signal = 1 }, cancellationToken: Token));
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1", ExecId = "e1" }, cancellationToken: Token);
        _shim.Agent.Process("c1", "e1").Exit(3);

        Proto.WaitResponse exit = await Wait("c1", "e1");
        Proto.DeleteResponse deleted = await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1", ExecId = "e1" }, cancellationToken: Token);

        Assert.Equal((TaskStatus.Created, 255u), (before.Status, before.ExitStatus));
        Assert.Equal((3u, 3u), (exit.ExitStatus, deleted.ExitStatus));
        await AssertFailsAsync(StatusCode.NotFound, _shim.Client.StateAsync(new Proto.StateRequest { Id = "c1", ExecId = "e1" }, cancellationToken: Token));
        Assert.Equal(TaskStatus.Running, (await StateAsync("c1")).Status);
    }

    [Fact]
    public async Task ResizePty_BeforeStart_IsAppliedAtStart()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        Proto.ExecProcessRequest exec = ShimHarness.Exec("c1", "e1");
        exec.Terminal = true;
        await _shim.Client.ExecAsync(exec, cancellationToken: Token);
        await _shim.Client.ResizePtyAsync(new Proto.ResizePtyRequest { Id = "c1", ExecId = "e1", Width = 100, Height = 40 }, cancellationToken: Token);

        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1", ExecId = "e1" }, cancellationToken: Token);

        Assert.Equal((40u, 100u), _shim.Agent.Process("c1", "e1").TerminalSize);
    }

    [Fact]
    public async Task CloseIO_BeforeStart_ClosesAfterWhatWasWritten()
    {
        Proto.CreateTaskRequest request = _shim.Request("c1");
        request.Stdin = _shim.Fifo("in");
        await _shim.Client.CreateAsync(request, cancellationToken: Token);
        using var opening = new SemaphoreSlim(0);
        Task writing = Task.Run(
            () =>
            {
                opening.Release();
                File.WriteAllText(request.Stdin, "hello"); // waits in open(2) for a reader, as clients do
            },
            Token);
        await opening.WaitAsync(Token);
        await _shim.Client.CloseIOAsync(new Proto.CloseIORequest { Id = "c1", Stdin = true }, cancellationToken: Token);

        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        string input = await ReadAllAsync(_shim.Agent.Process("c1").Stdin);

        // Whether the client had come before the start is up to the scheduler; what counts is that the end is never lost, nor a part of the text.
        Assert.Contains(input, new[] { string.Empty, "hello" });
        if (input.Length == 0)
        {
            using var reader = new FileStream(request.Stdin, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        }

        await writing;
    }

    [Fact]
    public async Task Output_ExitRightAfterIt_IsCompleteBeforeTheExit()
    {
        Proto.CreateTaskRequest request = _shim.Request("c1");
        request.Stdout = _shim.Fifo("out");
        using var reader = new FileStream(request.Stdout, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        await _shim.Client.CreateAsync(request, cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        FakeProcess process = _shim.Agent.Process("c1");
        process.WriteLine(new string('x', 50_000));
        process.Exit(0);

        await Wait("c1");

        var text = new byte[60_000];
        Assert.Equal(50_001, await reader.ReadAtLeastAsync(text, 50_001, cancellationToken: Token));
    }

    [Fact]
    public async Task Shutdown_WhileATaskIsMade_EndsTheShimWhenThatFails()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _shim.Agent.On<CreateContainerRequest, Empty>("CreateContainer", async (_, _) =>
        {
            asked.SetResult();
            await answer.Task;
            throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
        });
        AsyncUnaryCall<Proto.CreateTaskResponse> create = _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);

        await _shim.Client.ShutdownAsync(new Proto.ShutdownRequest { Id = "c1" }, cancellationToken: Token);
        bool early = _shim.ShutDown;
        answer.SetResult();
        await AssertFailsAsync(StatusCode.Unavailable, create);

        Assert.False(early);
        Assert.True(_shim.ShutDown);
    }

    [Fact]
    public async Task Checkpoint_Always_Unimplemented()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);

        await AssertFailsAsync(StatusCode.Unimplemented, _shim.Client.CheckpointAsync(new Proto.CheckpointTaskRequest { Id = "c1" }, cancellationToken: Token));
    }

    [Fact]
    public async Task Pod_SecondContainer_SharesTheVm()
    {
        const string Pod = """{"io.kubernetes.cri.container-type":"sandbox"}""";
        const string Member = """{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-id":"pod"}""";
        await _shim.Client.CreateAsync(_shim.Request("pod", Pod), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "pod" }, cancellationToken: Token);
        await _shim.Client.CreateAsync(_shim.Request("c2", Member), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c2" }, cancellationToken: Token);
        _shim.Agent.Process("c2").Exit(0);
        await Wait("c2");
        await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c2" }, cancellationToken: Token);
        await _shim.Client.ShutdownAsync(new Proto.ShutdownRequest { Id = "c2" }, cancellationToken: Token);

        Assert.False(_shim.ShutDown);
        Assert.Equal(TaskStatus.Running, (await StateAsync("pod")).Status);
        Assert.Single(_shim.Agent.Requests<RemoveContainerRequest>("RemoveContainer"));
    }

    [Fact]
    public async Task Update_NotResources_InvalidArgument()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        var wrong = new Proto.UpdateTaskRequest { Id = "c1", Resources = new Any { TypeUrl = "x/Process", Value = ByteString.CopyFromUtf8("{}") } };

        await AssertFailsAsync(StatusCode.InvalidArgument, _shim.Client.UpdateAsync(wrong, cancellationToken: Token));
    }

    private static async Task<RpcException> AssertFailsAsync<T>(StatusCode code, AsyncUnaryCall<T> call)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.True(code == error.StatusCode, $"expected {code}, got {error.Status}");
        return error;
    }

    private static async Task<string> ReadAllAsync(FakePipe pipe) => System.Text.Encoding.UTF8.GetString(await pipe.ReadToEndAsync(Token));

    private AsyncUnaryCall<Proto.WaitResponse> Wait(string id, string exec = "") =>
        _shim.Client.WaitAsync(new Proto.WaitRequest { Id = id, ExecId = exec }, deadline: DateTime.UtcNow.AddSeconds(30), cancellationToken: Token);

    private async Task<Proto.StateResponse> StateAsync(string id, string exec = "") =>
        await _shim.Client.StateAsync(new Proto.StateRequest { Id = id, ExecId = exec }, cancellationToken: Token);
}
