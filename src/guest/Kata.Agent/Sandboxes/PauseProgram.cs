using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Kata.Agent.Sandboxes;

/// <summary>
/// The smallest program there is: it sleeps for ever. The guest image need not have one, it takes one page of memory, and unlike the agent it has nothing that
/// a container in its pid namespace could find in it.
/// </summary>
internal static class PauseProgram
{
    private const int HeaderSize = 64; // Elf64_Ehdr
    private const int SegmentSize = 56; // Elf64_Phdr
    private const int CodeOffset = HeaderSize + SegmentSize;
    private const ulong Address = 0x400000;

    // mov eax, 34 (pause); syscall; jmp to the start
    private static ReadOnlySpan<byte> CodeX64 => [0xB8, 0x22, 0x00, 0x00, 0x00, 0x0F, 0x05, 0xEB, 0xF7];

    // mov x0..x4, 0; mov x8, 73 (ppoll); svc 0; b to the start
    private static ReadOnlySpan<byte> CodeArm64 =>
    [
        0x00, 0x00, 0x80, 0xD2, 0x01, 0x00, 0x80, 0xD2, 0x02, 0x00, 0x80, 0xD2, 0x03, 0x00, 0x80, 0xD2,
        0x04, 0x00, 0x80, 0xD2, 0x28, 0x09, 0x80, 0xD2, 0x01, 0x00, 0x00, 0xD4, 0xF9, 0xFF, 0xFF, 0x17,
    ];

    /// <summary>The file, for the architecture this runs on.</summary>
    public static byte[] Make() => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Make(machine: 183, CodeArm64) : Make(machine: 62, CodeX64);

    private static byte[] Make(ushort machine, ReadOnlySpan<byte> code)
    {
        byte[] file = new byte[CodeOffset + code.Length];
        Span<byte> header = file;
        ((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(header); // 64 bits, little-endian, version 1
        BinaryPrimitives.WriteUInt16LittleEndian(header[16..], 2); // an executable at fixed addresses
        BinaryPrimitives.WriteUInt16LittleEndian(header[18..], machine);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], Address + CodeOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[52..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[54..], SegmentSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[56..], 1);

        Span<byte> segment = header[HeaderSize..];
        BinaryPrimitives.WriteUInt32LittleEndian(segment, 1); // loaded
        BinaryPrimitives.WriteUInt32LittleEndian(segment[4..], 5); // to be read and executed
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], Address);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], Address);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], 0x1000);
        code.CopyTo(header[CodeOffset..]);
        return file;
    }
}
