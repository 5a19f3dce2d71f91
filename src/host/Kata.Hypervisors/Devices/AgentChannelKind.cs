namespace Kata.Hypervisors.Devices;

/// <summary>Transports to the agent.</summary>
public enum AgentChannelKind
{
    /// <summary>vsock where the host has vhost-vsock, virtio-serial otherwise.</summary>
    Auto,

    /// <summary>A vsock device, served by the host's kernel.</summary>
    Vsock,

    /// <summary>A named virtio-serial port, connected to a unix socket.</summary>
    VirtioSerial,
}
