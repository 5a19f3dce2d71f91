using Kata.Agent.Files;
using Kata.Agent.Metrics;
using Kata.Agent.Network;
using Kata.Agent.Policy;
using Kata.Agent.Sandboxes;
using Kata.Agent.Tracing;

namespace Kata.Agent.Guest;

/// <summary>What the agent can do for the host besides running containers. Each part comes into being when it is first asked for.</summary>
internal sealed class GuestServices(AgentEnvironment environment, string version) : IDisposable
{
    private readonly Lazy<Processors> _processors = new(() => new Processors(environment.Time));
    private readonly Lazy<GuestNetwork> _network =
        new(() => new GuestNetwork(environment.Options.HotplugTimeout, environment.Time, environment.Logger));
    private readonly Lazy<FileCopier> _files = new(() => new FileCopier(environment.Time, environment.Logger));
    private readonly Lazy<AgentMetrics> _metrics = new(() => new AgentMetrics(environment.Logger));
    private readonly Lazy<PacketFilter> _filter = new(() => new PacketFilter(new GuestTool(environment.Reaper)));

    /// <summary>What the host may ask for.</summary>
    public PolicyGate Policy { get; } = new(environment.Time, environment.Logger);

    /// <summary>What the agent keeps in memory between starts.</summary>
    public IdleMemory Memory { get; } = new(environment.Time);

    /// <summary>Spans of requests.</summary>
    public AgentTracing Tracing { get; } = new(environment, version);

    /// <summary>Processors and memory that are plugged in.</summary>
    public Processors Processors => _processors.Value;

    /// <summary>Interfaces, routes and neighbours.</summary>
    public GuestNetwork Network => _network.Value;

    /// <summary>Files that the host copies into the guest.</summary>
    public FileCopier Files => _files.Value;

    /// <summary>Metrics of agent and guest.</summary>
    public AgentMetrics Metrics => _metrics.Value;

    /// <summary>The packet filter.</summary>
    public PacketFilter PacketFilter => _filter.Value;

    /// <summary>Lets go of what was used: files that did not arrive completely are removed.</summary>
    public void Dispose()
    {
        Memory.Dispose();
        if (_files.IsValueCreated)
        {
            _files.Value.Dispose();
        }

        if (_network.IsValueCreated)
        {
            _network.Value.Dispose();
        }

        if (_filter.IsValueCreated)
        {
            _filter.Value.Dispose();
        }
    }
}
