using Kata.AgentClient;
using Kata.Hypervisors;

namespace Kata.Runtime.Guests;

/// <summary>A VM whose agent answers. Whoever receives it owns both.</summary>
/// <param name="Vm">The machine.</param>
/// <param name="Agent">The connection to its agent.</param>
public sealed record RunningGuest(IVirtualMachine Vm, AgentConnection Agent);
