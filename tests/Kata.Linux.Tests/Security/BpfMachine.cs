using Kata.Linux.Security;
using Kata.Linux.Security.Seccomp;

namespace Kata.Linux.Tests.Security;

/// <summary>Runs filters as the kernel would, to try calls that cannot be made for real.</summary>
internal static class BpfMachine
{
    internal const uint X64 = 0xC000003E;
    internal const uint X86 = 0x40000003;
    internal const uint Arm64 = 0xC00000B7;

    internal static SeccompAction Run(SeccompProgram program, uint architecture, uint number, params ulong[] arguments)
    {
        uint accumulator = 0;
        ReadOnlySpan<BpfInstruction> code = program.Instructions;
        for (int at = 0; ; at++)
        {
            BpfInstruction instruction = code[at];
            switch (instruction.Code)
            {
                case BpfInstruction.Load:
                    accumulator = Word(instruction.Operand, architecture, number, arguments);
                    break;
                case BpfInstruction.And:
                    accumulator &= instruction.Operand;
                    break;
                case BpfInstruction.Jump:
                    at += (int)instruction.Operand;
                    break;
                case BpfInstruction.JumpIfEqual:
                    at += accumulator == instruction.Operand ? instruction.IfTrue : instruction.IfFalse;
                    break;
                case BpfInstruction.JumpIfGreater:
                    at += accumulator > instruction.Operand ? instruction.IfTrue : instruction.IfFalse;
                    break;
                case BpfInstruction.JumpIfGreaterOrEqual:
                    at += accumulator >= instruction.Operand ? instruction.IfTrue : instruction.IfFalse;
                    break;
                case BpfInstruction.Return:
                    return new SeccompAction(instruction.Operand);
                default:
                    throw new InvalidOperationException($"unknown instruction {instruction.Code:x}");
            }
        }
    }

    private static uint Word(uint offset, uint architecture, uint number, ulong[] arguments)
    {
        if (offset < 16)
        {
            return offset switch { 0 => number, 4 => architecture, _ => 0 };
        }

        int index = (int)(offset - 16) / 8;
        ulong value = index < arguments.Length ? arguments[index] : 0;
        return offset % 8 == 0 ? (uint)value : (uint)(value >> 32);
    }
}
