using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Protocols.Events;
using Kata.Shim.Events;
using Kata.Shim.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Shim.Tests;

public sealed class EventPublisherTests : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("kata-events-");
    private readonly FakeContainerd _containerd;

    public EventPublisherTests() => _containerd = new FakeContainerd(_root.FullName);

    public async ValueTask DisposeAsync()
    {
        await _containerd.DisposeAsync();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task Publish_ContainerdAwayAtFirst_ArrivesInOrder()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using var publisher = new EventPublisher(
            ConnectAsync, "k8s.io", NullLogger.Instance, new EventPublisherOptions { RetryStep = TimeSpan.FromMilliseconds(50) });

        for (uint i = 0; i < 20; i++)
        {
            publisher.Publish(EventTopics.Start, "containerd.events.TaskStart", new TaskStart { ContainerId = "c", Pid = i });
        }

        _containerd.Start();

        for (uint i = 0; i < 20; i++)
        {
            Assert.Equal(i, (await _containerd.ExpectAsync<TaskStart>(EventTopics.Start, token)).Pid);
        }

        Assert.All(_containerd.Received, envelope => Assert.Equal("k8s.io", envelope.Namespace));
    }

    [Fact]
    public async Task Publish_ContainerdRestarts_GoesOn()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        _containerd.Start();
        await using var publisher = new EventPublisher(
            ConnectAsync, "k8s.io", NullLogger.Instance, new EventPublisherOptions { RetryStep = TimeSpan.FromMilliseconds(50) });
        publisher.Publish(EventTopics.Paused, "containerd.events.TaskPaused", new TaskPaused { ContainerId = "c" });
        await _containerd.ExpectAsync<TaskPaused>(EventTopics.Paused, token);

        await _containerd.StopAsync();
        publisher.Publish(EventTopics.Resumed, "containerd.events.TaskResumed", new TaskResumed { ContainerId = "c" });
        _containerd.Start();

        await _containerd.ExpectAsync<TaskResumed>(EventTopics.Resumed, token);
    }

    [Fact]
    public async Task DisposeAsync_ContainerdGone_EndsInTime()
    {
        var publisher = new EventPublisher(
            ConnectAsync, "k8s.io", NullLogger.Instance, new EventPublisherOptions { DrainTime = TimeSpan.FromMilliseconds(200) });
        publisher.Publish(EventTopics.Paused, "containerd.events.TaskPaused", new TaskPaused { ContainerId = "c" });

        await publisher.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    private Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        Fd socket = UnixSockets.ConnectFd(_containerd.Path);
        return Task.FromResult<Stream>(new FdStream(socket));
    }
}
