using System.Runtime.InteropServices;

namespace Kata.Linux.Security.Seccomp;

/// <summary>struct sock_filter: one instruction of classic BPF.</summary>
/// <param name="Code">Operation.</param>
/// <param name="IfTrue">Instructions to skip if a comparison holds.</param>
/// <param name="IfFalse">Instructions to skip if it does not.</param>
/// <param name="Operand">The constant.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BpfInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand)
{
    internal const ushort Load = 0x20; // BPF_LD | BPF_W | BPF_ABS
    internal const ushort Jump = 0x05; // BPF_JMP | BPF_JA
    internal const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    internal const ushort JumpIfGreater = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    internal const ushort JumpIfGreaterOrEqual = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    internal const ushort And = 0x54; // BPF_ALU | BPF_AND | BPF_K
    internal const ushort Return = 0x06; // BPF_RET | BPF_K

    /// <summary>Ends the filter.</summary>
    internal static BpfInstruction Returning(SeccompAction action) => new(Return, 0, 0, action.Code);

    /// <summary>Loads four bytes of struct seccomp_data.</summary>
    internal static BpfInstruction Loading(uint offset) => new(Load, 0, 0, offset);
}
