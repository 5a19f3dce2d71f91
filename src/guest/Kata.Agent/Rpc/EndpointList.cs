using Kata.Primitives;
using Kata.Ttrpc;

namespace Kata.Agent.Rpc;

/// <summary>The requests that the configuration file lets the agent serve. Health is always served.</summary>
/// <param name="allowed">Names of request messages; null for all.</param>
internal sealed class EndpointList(IReadOnlySet<string>? allowed)
{
    /// <summary>Refuses a request that is not on the list.</summary>
    /// <exception cref="KataException">Unsupported: it is blocked.</exception>
    public void Require(TtrpcServerCall call)
    {
        if (allowed is null || call.Method.ServiceName.EndsWith("Health", StringComparison.Ordinal))
        {
            return;
        }

        // The name of the message's class is that of the message.
        string name = call.Request?.GetType().Name ?? call.Method.Name;
        if (!allowed.Contains(name))
        {
            throw KataException.Unsupported($"{name} is blocked");
        }
    }
}
