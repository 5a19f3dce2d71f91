using System.Buffers.Binary;
using Kata.Primitives;

namespace Kata.Linux.Netlink;

/// <summary>Takes datagrams apart into messages.</summary>
internal static class NetlinkReply
{
    internal const ushort TypeNoOperation = 1; // NLMSG_NOOP
    internal const ushort TypeError = 2; // NLMSG_ERROR
    internal const ushort TypeDone = 3; // NLMSG_DONE
    internal const ushort TypeOverrun = 4; // NLMSG_OVERRUN
    internal const ushort FlagMulti = 0x2; // NLM_F_MULTI
    internal const ushort FlagInterrupted = 0x10; // NLM_F_DUMP_INTR
    private const ushort FlagCapped = 0x100; // NLM_F_CAPPED
    private const ushort FlagAcknowledgeAttributes = 0x200; // NLM_F_ACK_TLVS
    private const ushort AttributeMessage = 1; // NLMSGERR_ATTR_MSG

    /// <summary>What is done with one message.</summary>
    /// <returns>Whether more are wanted.</returns>
    internal delegate bool Handler(ushort type, ushort flags, uint sequence, ReadOnlySpan<byte> payload);

    /// <summary>Hands every message of a datagram to a handler, until it wants no more.</summary>
    /// <returns>Whether the handler wants more.</returns>
    /// <exception cref="KataException">Internal: a length is impossible.</exception>
    internal static bool Split(ReadOnlySpan<byte> datagram, Handler handler)
    {
        while (datagram.Length >= NetlinkRequest.HeaderSize)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(datagram);
            if (length < NetlinkRequest.HeaderSize || length > datagram.Length)
            {
                throw new KataException(ErrorCode.Internal, "a netlink message has an impossible length");
            }

            bool more = handler(
                BinaryPrimitives.ReadUInt16LittleEndian(datagram[4..]),
                BinaryPrimitives.ReadUInt16LittleEndian(datagram[6..]),
                BinaryPrimitives.ReadUInt32LittleEndian(datagram[8..]),
                datagram[NetlinkRequest.HeaderSize..(int)length]);
            if (!more)
            {
                return false;
            }

            datagram = datagram[(int)Math.Min((length + 3) & ~3U, (uint)datagram.Length)..];
        }

        return true;
    }

    /// <summary>The error of an error or end message; 0 for success.</summary>
    internal static Errno ReadError(ReadOnlySpan<byte> payload) =>
        payload.Length >= sizeof(int) ? (Errno)(-BinaryPrimitives.ReadInt32LittleEndian(payload)) : Errno.EBADMSG;

    /// <summary>The kernel's own words for the error, or null.</summary>
    internal static string? ReadErrorText(ushort flags, ReadOnlySpan<byte> payload)
    {
        const int OriginalHeader = sizeof(int);
        if ((flags & FlagAcknowledgeAttributes) == 0 || payload.Length < OriginalHeader + NetlinkRequest.HeaderSize)
        {
            return null;
        }

        // After the error comes the request: its header alone if capped, else all of it.
        uint original = (flags & FlagCapped) != 0
            ? NetlinkRequest.HeaderSize
            : BinaryPrimitives.ReadUInt32LittleEndian(payload[OriginalHeader..]);
        long start = OriginalHeader + (((long)original + 3) & ~3L);
        if (start > payload.Length)
        {
            return null;
        }

        var attributes = new NetlinkAttributes(payload[(int)start..]);
        while (attributes.MoveNext())
        {
            if (attributes.Type == AttributeMessage)
            {
                return Printable.Escape(attributes.Text, 256);
            }
        }

        return null;
    }
}
