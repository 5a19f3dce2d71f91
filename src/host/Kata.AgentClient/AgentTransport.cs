namespace Kata.AgentClient;

/// <summary>How the host reaches the agent.</summary>
public enum AgentTransport
{
    /// <summary><c>vsock://cid:port</c>: the kernel's vsock.</summary>
    Vsock,

    /// <summary><c>hvsock://path:port</c>: a unix socket on which <c>CONNECT port</c> opens a vsock connection.</summary>
    HybridVsock,

    /// <summary><c>virtio-serial://path</c>: a unix socket whose bytes go to a port of the guest, and stay there when we are gone.</summary>
    VirtioSerial,

    /// <summary><c>unix://path</c> or <c>unix://@name</c> (abstract): the agent itself listens there, without a VM.</summary>
    Unix,
}
