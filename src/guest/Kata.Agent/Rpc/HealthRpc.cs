using Grpc.Core;
using Kata.Protocols.Agent;

namespace Kata.Agent.Rpc;

/// <summary>The service by which a host finds out that the agent lives.</summary>
internal sealed class HealthRpc(string version) : Health.HealthBase
{
    private const string ProtocolVersion = "0.0.1";

    /// <inheritdoc/>
    public override Task<HealthCheckResponse> Check(CheckRequest request, ServerCallContext context) =>
        Task.FromResult(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving });

    /// <inheritdoc/>
    public override Task<VersionCheckResponse> Version(CheckRequest request, ServerCallContext context) =>
        Task.FromResult(new VersionCheckResponse { GrpcVersion = ProtocolVersion, AgentVersion = version });
}
