using Grpc.Core;
using Kata.Protocols.Agent;

namespace Kata.Bench.Ttrpc;

/// <summary>The cheapest handler there is.</summary>
internal sealed class HealthService : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(CheckRequest request, ServerCallContext context) =>
        Task.FromResult(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving });
}
