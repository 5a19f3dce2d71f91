using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Agent.Tracing;

/// <summary>Where spans go: the machine's host by vsock, a named virtio-serial port, or a unix socket.</summary>
internal static class TraceDestination
{
    /// <summary>The vsock port on which <c>kata-trace-forwarder</c> listens.</summary>
    public const uint DefaultPort = 10240;

    /// <summary>The virtio-serial port for spans, on machines without vsock.</summary>
    public const string DefaultSerialPort = "org.kata-containers.trace.0";

    /// <summary>Finds out where spans can go.</summary>
    /// <param name="address">What was asked for; null for what the machine has.</param>
    /// <exception cref="KataException">InvalidArgument: no address. Unavailable: the machine has nothing.</exception>
    public static AgentAddress Choose(string? address)
    {
        if (address is not null)
        {
            return AgentAddress.Parse(address);
        }

        if (VsockDevices.Any())
        {
            return new AgentAddress.Vsock(VsockAddress.HostContext, DefaultPort);
        }

        return VirtioPorts.HasDevice()
            ? new AgentAddress.VirtioSerial(DefaultSerialPort)
            : throw new KataException(ErrorCode.Unavailable, "there is neither a vsock device nor a virtio-serial device for spans: set agent.trace_addr");
    }

    /// <summary>The address as it is written in settings.</summary>
    public static string NameOf(AgentAddress address) => address switch
    {
        AgentAddress.Vsock vsock => $"vsock://{vsock.Cid}:{vsock.Port}",
        AgentAddress.VirtioSerial serial => $"virtio-serial://{serial.PortName}",
        _ => $"unix://{((AgentAddress.Unix)address).Path}",
    };

    /// <summary>Connects.</summary>
    /// <exception cref="KataException">
    /// DeadlineExceeded: the machine has no such virtio-serial port. Unavailable: it has no vsock to a host; without a device the kernel may take the host's
    /// number for its own, and a process of the guest would get the spans.
    /// </exception>
    /// <exception cref="LinuxException">Nobody listens.</exception>
    public static async Task<Stream> ConnectAsync(AgentAddress address, TimeProvider time, CancellationToken cancellationToken)
    {
        switch (address)
        {
            case AgentAddress.Vsock { Cid: VsockAddress.HostContext } when !VsockDevices.Any():
                throw new KataException(ErrorCode.Unavailable, "the machine has no vsock device");
            case AgentAddress.Vsock vsock:
                return await VsockStream.ConnectAsync(new VsockAddress(vsock.Cid, vsock.Port), cancellationToken).ConfigureAwait(false);
            case AgentAddress.VirtioSerial serial:
                string device = await VirtioPorts.WaitAsync(serial.PortName, time, cancellationToken).ConfigureAwait(false);
                return new FdStream(Fd.Open(device, OpenFlags.WriteOnly | OpenFlags.NonBlocking));
            default:
                string path = ((AgentAddress.Unix)address).Path;
                return new FdStream(UnixSockets.ConnectFd(path[0] == '@' ? '\0' + path[1..] : path));
        }
    }
}
