using System.Collections.Concurrent;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Testing.Agents;

/// <summary>
/// An agent at the wire: serves AgentService and Health over ttRPC on a unix socket in a temporary directory. Containers and their processes are
/// objects a test scripts; any call can be replaced or made to fail.
/// </summary>
public sealed class FakeAgent : IAsyncDisposable
{
    private readonly ConcurrentQueue<AgentCall> _calls = new();
    private readonly ConcurrentQueue<string> _arrived = new();
    private readonly ConcurrentDictionary<string, Func<IMessage, ServerCallContext, Task<IMessage>>> _replaced = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Container, string Exec), FakeProcess> _processes = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly DirectoryInfo _directory;
    private readonly Socket _listener;
    private readonly Task _serving;

    private FakeAgent()
    {
        _directory = Directory.CreateTempSubdirectory("kata-fake-agent-");
        SocketPath = Path.Combine(_directory.FullName, "agent.sock");
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(16);
        var server = new TtrpcServer(NullLogger.Instance, new TtrpcServerOptions { AllowNewSessions = true, Interceptor = NoteAsync });
        AgentService.BindService(server, new FakeAgentService(this));
        Health.BindService(server, new FakeHealthService(this));
        _serving = server.ServeAsync(_listener, _stop.Token);
    }

    /// <summary>Path of the socket the agent listens on.</summary>
    public string SocketPath { get; }

    /// <summary>The address in the form the dialer takes.</summary>
    public string Address => $"unix://{SocketPath}";

    /// <summary>Every call received so far, in the order of arrival.</summary>
    public IReadOnlyCollection<AgentCall> Calls => _calls;

    /// <summary>The name of every method called so far, those that are not served included.</summary>
    public IReadOnlyCollection<string> Arrived => _arrived;

    /// <summary>What a started process does; by default it waits until the test ends it.</summary>
    public Func<FakeProcess, Task> Program { get; set; } = _ => Task.CompletedTask;

    /// <summary>Starts serving.</summary>
    public static FakeAgent Start() => new();

    /// <summary>Replaces what the agent does on a call, named as in the service: "CreateContainer".</summary>
    public void On<TRequest, TResponse>(string method, Func<TRequest, ServerCallContext, Task<TResponse>> handler)
        where TRequest : IMessage
        where TResponse : IMessage => _replaced[method] = async (request, context) => await handler((TRequest)request, context);

    /// <summary>Makes a call fail from now on.</summary>
    public void Fail(string method, StatusCode code, string message) =>
        _replaced[method] = (_, _) => throw new RpcException(new Status(code, message));

    /// <summary>Gives a call its usual behaviour back.</summary>
    public void Restore(string method) => _replaced.TryRemove(method, out _);

    /// <summary>The requests received by one method.</summary>
    public IReadOnlyList<TRequest> Requests<TRequest>(string method)
        where TRequest : IMessage => [.. _calls.Where(call => call.Method == method).Select(call => (TRequest)call.Request)];

    /// <summary>A process of a container; an empty exec id or the container's own id means its first one.</summary>
    public FakeProcess Process(string containerId, string execId = "") =>
        _processes.TryGetValue((containerId, execId == containerId ? "" : execId), out FakeProcess? process)
            ? process
            : throw KataException.NotFound($"no process {execId} in container {containerId}");

    /// <summary>Breaks all connections and refuses new ones, as a guest does that dies.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _directory.Delete(recursive: true);
    }

    private Task NoteAsync(TtrpcServerCall call, Func<Task> next)
    {
        _arrived.Enqueue(call.Method.Name);
        return next();
    }

    internal FakeProcess AddProcess(string containerId, string execId)
    {
        var process = new FakeProcess(containerId, execId);
        return _processes.TryAdd((containerId, execId), process)
            ? process
            : throw new KataException(ErrorCode.AlreadyExists, $"process {execId} of container {containerId} exists");
    }

    internal void RemoveContainer(string containerId)
    {
        Process(containerId);
        foreach ((string Container, string Exec) key in _processes.Keys.Where(key => key.Container == containerId))
        {
            if (_processes.TryRemove(key, out FakeProcess? process))
            {
                process.Exit(137);
            }
        }
    }

    internal async Task<TResponse> AnswerAsync<TResponse>(
        string method, IMessage request, ServerCallContext context, Func<Task<TResponse>> usual)
        where TResponse : IMessage
    {
        _calls.Enqueue(new AgentCall(method, request));
        return _replaced.TryGetValue(method, out Func<IMessage, ServerCallContext, Task<IMessage>>? replaced)
            ? (TResponse)await replaced(request, context)
            : await usual();
    }
}
