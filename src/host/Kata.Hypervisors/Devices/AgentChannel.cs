namespace Kata.Hypervisors.Devices;

/// <summary>The byte stream between the runtime and the guest's agent. It needs no backend: the VMM makes it.</summary>
/// <param name="Id">See <see cref="VmDevice"/>.</param>
/// <param name="Kind">The transport.</param>
public sealed record AgentChannel(string Id, AgentChannelKind Kind = AgentChannelKind.Auto) : VmDevice(Id)
{
    /// <summary>The name of the virtio-serial port, found in the guest as <c>/sys/class/virtio-ports/*/name</c>.</summary>
    public const string SerialPortName = "org.kata-containers.agent.0";

    /// <summary>The vsock port the agent listens on.</summary>
    public const int VsockPort = 1024;
}
