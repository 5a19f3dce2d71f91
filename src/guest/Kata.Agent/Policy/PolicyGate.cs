using Google.Protobuf;
using Grpc.Core;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Rego.Values;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Policy;

/// <summary>Lets requests pass as the policy says. Without a policy everything passes, and nothing of policies is loaded.</summary>
internal sealed partial class PolicyGate(TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Where an image has its policy.</summary>
    public const string DefaultFile = "/etc/kata-opa/default-policy.rego";

    private static readonly object Dropped = new();

    private const int MaxFile = 4 * 1024 * 1024;
    private const int MaxReason = 10 * 1024;

    // Decisions change the policy's state, so they are taken one after the other.
    private readonly SemaphoreSlim _turn = new(1);
    private volatile AgentPolicy? _policy;

    /// <summary>Whether there is no policy.</summary>
    public bool IsOpen => _policy is null;

    /// <summary>Loads the policy of the image, before any request is served.</summary>
    /// <param name="file">A file that must be there; null for the default one, if it is there.</param>
    /// <exception cref="KataException">The file cannot be read, or is no policy: the agent must not start without it.</exception>
    public void LoadFile(string? file)
    {
        string path = file ?? DefaultFile;
        if (file is null && !File.Exists(path))
        {
            return;
        }

        try
        {
            Use(AgentPolicy.Parse(BoundedFile.ReadText(path, MaxFile), time));
        }
        catch (KataException error)
        {
            throw new KataException(error.Code, $"the agent's policy {Printable.Escape(path, 256)}: {error.Message}", error);
        }

        LogLoaded(logger, path);
    }

    /// <summary>Replaces the policy, if the present one allows it. Decision and replacement are one step: no other policy gets in between.</summary>
    /// <exception cref="KataException">PermissionDenied: the present policy refuses. InvalidArgument or Unsupported: the new one is not usable; the present one stays.</exception>
    public async Task SetAsync(SetPolicyRequest request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_policy is { } present)
            {
                Require(present, request, cancellationToken);
            }

            Use(AgentPolicy.Parse(request.Policy, time));
        }
        finally
        {
            _turn.Release();
        }

        LogReplaced(logger);
    }

    /// <summary>Runs a request that the policy allows.</summary>
    /// <exception cref="KataException">PermissionDenied, with the policy's reason.</exception>
    public async Task RunAsync(TtrpcServerCall call, Func<Task> next)
    {
        switch (call.Request)
        {
            case SetPolicyRequest:
                await next().ConfigureAwait(false); // decided where it is served
                break;
            case ReadStreamRequest read:
                await RunReadAsync(read, call, next).ConfigureAwait(false);
                break;
            case IMessage message:
                await RequireAsync(message, call.Context.CancellationToken).ConfigureAwait(false);
                await next().ConfigureAwait(false);
                break;
            default:
                throw new KataException(ErrorCode.PermissionDenied, $"{call.Method.Name} is blocked by policy: streams of requests are not looked at");
        }
    }

    /// <summary>Whether a policy looks at the output that a reply brings, to drop it: then it must be in the reply.</summary>
    public static bool DropsReplyOf(ServerCallContext context) => context.UserState.ContainsKey(Dropped);

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    // Output that may not be seen is read and dropped until its end, so that the container neither blocks nor shows anything.
    private async Task RunReadAsync(ReadStreamRequest read, TtrpcServerCall call, Func<Task> next)
    {
        PolicyDecision decision = await DecideAsync(read, call.Context.CancellationToken).ConfigureAwait(false);
        if (!decision.IsAllowed)
        {
            call.Context.UserState[Dropped] = Dropped;
        }

        do
        {
            await next().ConfigureAwait(false);
        }
        while (!decision.IsAllowed && read.Len > 0 && call.Response is ReadStreamResponse { Data.IsEmpty: false });
    }

    private async Task RequireAsync(IMessage request, CancellationToken cancellationToken)
    {
        PolicyDecision decision = await DecideAsync(request, cancellationToken).ConfigureAwait(false);
        if (!decision.IsAllowed)
        {
            throw Blocked(request, decision);
        }
    }

    private async Task<PolicyDecision> DecideAsync(IMessage request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Decide(_policy!, request, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Require(AgentPolicy policy, IMessage request, CancellationToken cancellationToken)
    {
        PolicyDecision decision = Decide(policy, request, cancellationToken);
        if (!decision.IsAllowed)
        {
            throw Blocked(request, decision);
        }
    }

    private PolicyDecision Decide(AgentPolicy policy, IMessage request, CancellationToken cancellationToken)
    {
        string name = request.Descriptor.Name;
        PolicyDecision decision;
        try
        {
            RegoValue input = RequestShape.Of(request, out RegoObject extensions);
            decision = policy.Decide(name, input, extensions, cancellationToken);
        }
        catch (KataException error)
        {
            decision = new PolicyDecision(false, error.Message);
        }

        if (decision.IsAllowed || !policy.AllowsFailures)
        {
            return decision;
        }

        LogIgnored(logger, name, Printable.Clean(decision.Reason ?? string.Empty, 512));
        return new PolicyDecision(true, decision.Reason);
    }

    private static KataException Blocked(IMessage request, PolicyDecision decision) =>
        new(ErrorCode.PermissionDenied, $"{request.Descriptor.Name} is blocked by policy: {Printable.Clean(decision.Reason ?? string.Empty, MaxReason)}");

    private void Use(AgentPolicy policy)
    {
        if (policy.AllowsFailures)
        {
            LogTriedOut(logger);
        }

        _policy = policy;
    }

    [LoggerMessage(EventId = 830, Level = LogLevel.Information, Message = "policy {Path} loaded")]
    private static partial void LogLoaded(ILogger logger, string path);

    [LoggerMessage(EventId = 831, Level = LogLevel.Information, Message = "policy replaced")]
    private static partial void LogReplaced(ILogger logger);

    [LoggerMessage(EventId = 832, Level = LogLevel.Warning, Message = "the policy sets AllowRequestsFailingPolicy: requests that it refuses are served all the same")]
    private static partial void LogTriedOut(ILogger logger);

    [LoggerMessage(EventId = 833, Level = LogLevel.Warning, Message = "{Request} would be blocked by policy: {Reason}")]
    private static partial void LogIgnored(ILogger logger, string request, string reason);
}
