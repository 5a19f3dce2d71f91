using Grpc.Core;
using Kata.Protocols.Agent;

namespace Kata.Testing.Agents;

/// <summary>The fake agent's Health service.</summary>
internal sealed class FakeHealthService(FakeAgent agent) : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(CheckRequest request, ServerCallContext context) =>
        agent.AnswerAsync(nameof(Check), request, context, () => Task.FromResult(
            new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving }));

    public override Task<VersionCheckResponse> Version(CheckRequest request, ServerCallContext context) =>
        agent.AnswerAsync(nameof(Version), request, context, () => Task.FromResult(
            new VersionCheckResponse { GrpcVersion = "0.0.1", AgentVersion = "fake" }));
}
