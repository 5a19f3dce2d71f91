using System.Buffers.Binary;

namespace Kata.Linux.Sockets;

/// <summary>An address between a host and its virtual machines.</summary>
/// <param name="ContextId">The machine: a guest's number, or one of the constants.</param>
/// <param name="Port">The port.</param>
public readonly record struct VsockAddress(uint ContextId, uint Port)
{
    /// <summary>Any machine, for listeners (VMADDR_CID_ANY).</summary>
    public const uint AnyContext = uint.MaxValue; // VMADDR_CID_ANY

    /// <summary>This machine talking to itself (VMADDR_CID_LOCAL).</summary>
    public const uint LocalContext = 1; // VMADDR_CID_LOCAL

    /// <summary>The host (VMADDR_CID_HOST).</summary>
    public const uint HostContext = 2; // VMADDR_CID_HOST

    /// <summary>Lets the kernel choose a port (VMADDR_PORT_ANY).</summary>
    public const uint AnyPort = uint.MaxValue; // VMADDR_PORT_ANY

    internal const int Size = 16; // sizeof(struct sockaddr_vm)
    private const nuint GetLocalContext = 0x7B9; // IOCTL_VM_SOCKETS_GET_LOCAL_CID

    /// <summary>The number of this machine.</summary>
    /// <exception cref="LinuxException">ENOENT: no vsock in this kernel.</exception>
    public static unsafe uint ReadLocalContext()
    {
        using Fd device = Fd.Open("/dev/vsock", OpenFlags.ReadOnly);
        uint context;
        return SocketCalls.Control(device, GetLocalContext, &context) >= 0
            ? context
            : throw LinuxException.FromLastError("ioctl", subject: "IOCTL_VM_SOCKETS_GET_LOCAL_CID");
    }

    /// <summary><c>vsock://3:1024</c>; any machine is -1.</summary>
    public override string ToString() => $"vsock://{(ContextId == AnyContext ? "-1" : ContextId)}:{Port}";

    internal static VsockAddress Read(ReadOnlySpan<byte> address) =>
        new(BinaryPrimitives.ReadUInt32LittleEndian(address[8..]), BinaryPrimitives.ReadUInt32LittleEndian(address[4..]));

    internal void Write(Span<byte> address)
    {
        address[..Size].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(address, SocketCalls.FamilyVsock);
        BinaryPrimitives.WriteUInt32LittleEndian(address[4..], Port);
        BinaryPrimitives.WriteUInt32LittleEndian(address[8..], ContextId);
    }
}
