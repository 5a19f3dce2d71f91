using System.Buffers.Binary;
using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>Device rules on version 2: a BPF program that the kernel runs for each access, made from the rules.</summary>
internal static unsafe class DeviceFilter
{
    internal const int InstructionSize = 8; // sizeof(struct bpf_insn)
    private const int MaxRules = 1024;
    private const int MaxAttached = 64; // the kernel's BPF_CGROUP_MAX_PROGS
    private const int AttributeSize = 128;

    // Instruction codes: class | source | operation (linux/bpf.h).
    private const byte LoadWord = 0x61; // dst = *(u32 *)(src + offset)
    private const byte AndImmediate = 0x57; // BPF_ALU64 | BPF_AND | BPF_K
    private const byte ShiftRightImmediate = 0x77; // BPF_ALU64 | BPF_RSH | BPF_K
    private const byte MoveRegister = 0xBF; // BPF_ALU64 | BPF_MOV | BPF_X
    private const byte MoveImmediate = 0xB7; // BPF_ALU64 | BPF_MOV | BPF_K
    private const byte JumpIfNotEqual = 0x55; // BPF_JMP | BPF_JNE | BPF_K
    private const byte JumpIfEqual = 0x15;
    private const byte Exit = 0x95; // BPF_JMP | BPF_EXIT

    // Registers: r1 is struct bpf_cgroup_dev_ctx { u32 access_type, major, minor }; access_type is access << 16 | kind.
    private const byte Result = 0;
    private const byte Context = 1;
    private const byte Access = 2;
    private const byte Kind = 3;
    private const byte Major = 4;
    private const byte Minor = 5;
    private const byte Scratch = 6;
    private const int KindBlock = 1; // BPF_DEVCG_DEV_BLOCK
    private const int KindCharacter = 2; // BPF_DEVCG_DEV_CHAR

    // Most containers have the same rules, and to have a program verified and compiled costs more than anything else of a group: the last one is kept.
    private static readonly Lock Gate = new();
    private static DeviceRule[] _lastRules = [];
    private static Fd? _lastProgram;

    /// <summary>Puts the rules in force, in place of those attached earlier, without a moment without any.</summary>
    /// <param name="directory">The group's directory.</param>
    /// <param name="rules">The rules, in order.</param>
    /// <exception cref="LinuxException">EPERM: not privileged. Others as bpf(2).</exception>
    internal static void Attach(string directory, IReadOnlyList<DeviceRule> rules)
    {
        using Fd group = Fd.Open(directory, OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory);
        IReadOnlyList<uint> old = Attached(group);
        if (old.Count == 0)
        {
            AttachShared(group, rules);
            return;
        }

        // The very same program cannot be attached twice.
        using Fd program = Load(Build(rules));
        Attach(group, program);

        // All attached programs must agree to an access, so in between the stricter rule holds.
        foreach (uint id in old)
        {
            Detach(group, id);
        }
    }

    private static void AttachShared(Fd group, IReadOnlyList<DeviceRule> rules)
    {
        lock (Gate)
        {
            if (_lastProgram is null || !rules.SequenceEqual(_lastRules))
            {
                Fd program = Load(Build(rules));
                _lastProgram?.Dispose(); // the kernel keeps it as long as groups have it
                (_lastRules, _lastProgram) = ([.. rules], program);
            }

            Attach(group, _lastProgram);
        }
    }

    private static void Attach(Fd group, Fd program)
    {
        Span<byte> attributes = stackalloc byte[AttributeSize];
        FillAttach(attributes, group, program, BpfCalls.AllowMulti);
        if (BpfCalls.Call(BpfCalls.ProgramAttach, attributes) != 0)
        {
            throw LinuxException.FromLastError("bpf", "BPF_PROG_ATTACH");
        }
    }

    /// <summary>The program: rules from the last to the first, each taking out the kinds of access it decides.</summary>
    /// <exception cref="KataException">InvalidArgument: too many rules.</exception>
    internal static byte[] Build(IReadOnlyList<DeviceRule> rules)
    {
        if (rules.Count > MaxRules)
        {
            throw KataException.Invalid($"more than {MaxRules} device rules");
        }

        var program = new List<ulong>
        {
            Instruction(LoadWord, Kind, Context, 0, 0),
            Instruction(MoveRegister, Access, Kind, 0, 0),
            Instruction(AndImmediate, Kind, 0, 0, 0xFFFF),
            Instruction(ShiftRightImmediate, Access, 0, 0, 16),
            Instruction(LoadWord, Major, Context, 4, 0),
            Instruction(LoadWord, Minor, Context, 8, 0),
        };
        bool decided = false;
        for (int i = rules.Count - 1; i >= 0 && !decided; i--)
        {
            decided = AddRule(program, rules[i]);
        }

        if (!decided)
        {
            Return(program, allow: true); // as v1 begins
        }

        byte[] bytes = new byte[program.Count * InstructionSize];
        for (int i = 0; i < program.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * InstructionSize), program[i]);
        }

        return bytes;
    }

    /// <summary>Adds one rule.</summary>
    /// <returns>Whether it decides everything that is left.</returns>
    private static bool AddRule(List<ulong> program, DeviceRule rule)
    {
        if (rule.Kind == DeviceRuleKind.All)
        {
            Return(program, rule.Allow);
            return true;
        }

        var body = new List<ulong>();
        if (rule.Allow)
        {
            body.Add(Instruction(AndImmediate, Access, 0, 0, (int)~rule.Access & (int)DeviceAccess.All));
            body.Add(Instruction(JumpIfNotEqual, Access, 0, 2, 0));
        }
        else
        {
            body.Add(Instruction(MoveRegister, Scratch, Access, 0, 0));
            body.Add(Instruction(AndImmediate, Scratch, 0, 0, (int)rule.Access));
            body.Add(Instruction(JumpIfEqual, Scratch, 0, 2, 0));
        }

        Return(body, rule.Allow);

        // The tests before it, each of which skips to the end of the rule; made back to front as each must know how much it skips.
        var tests = new List<ulong>();
        AddTest(tests, body.Count, Minor, rule.Minor);
        AddTest(tests, body.Count, Major, rule.Major);
        AddTest(tests, body.Count, Kind, rule.Kind == DeviceRuleKind.Block ? KindBlock : (uint)KindCharacter);
        program.AddRange(tests);
        program.AddRange(body);
        return false;
    }

    private static void AddTest(List<ulong> tests, int bodyLength, byte register, uint? value)
    {
        if (value is { } number)
        {
            tests.Insert(0, Instruction(JumpIfNotEqual, register, 0, (short)(tests.Count + bodyLength), (int)number));
        }
    }

    private static void Return(List<ulong> program, bool allow)
    {
        program.Add(Instruction(MoveImmediate, Result, 0, 0, allow ? 1 : 0));
        program.Add(Instruction(Exit, 0, 0, 0, 0));
    }

    private static ulong Instruction(byte code, byte destination, byte source, short offset, int immediate) =>
        code | ((ulong)destination << 8) | ((ulong)source << 12) | ((ulong)(ushort)offset << 16) | ((ulong)(uint)immediate << 32);

    private static Fd Load(byte[] program)
    {
        Span<byte> attributes = stackalloc byte[AttributeSize];
        attributes.Clear();
        fixed (byte* start = program, license = "Apache-2.0\0"u8)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(attributes, BpfCalls.TypeCgroupDevice);
            BinaryPrimitives.WriteUInt32LittleEndian(attributes[4..], (uint)(program.Length / InstructionSize));
            BinaryPrimitives.WriteUInt64LittleEndian(attributes[8..], (ulong)start);
            BinaryPrimitives.WriteUInt64LittleEndian(attributes[16..], (ulong)license);
            int fd = BpfCalls.Call(BpfCalls.ProgramLoad, attributes);
            return fd >= 0 ? new Fd(fd) : throw LinuxException.FromLastError("bpf", "BPF_PROG_LOAD");
        }
    }

    private static uint[] Attached(Fd group)
    {
        Span<byte> attributes = stackalloc byte[AttributeSize];
        Span<uint> ids = stackalloc uint[MaxAttached];
        attributes.Clear();
        fixed (uint* list = ids)
        {
            BinaryPrimitives.WriteInt32LittleEndian(attributes, group.Value);
            BinaryPrimitives.WriteUInt32LittleEndian(attributes[4..], BpfCalls.AttachCgroupDevice);
            BinaryPrimitives.WriteUInt64LittleEndian(attributes[16..], (ulong)list);
            BinaryPrimitives.WriteUInt32LittleEndian(attributes[24..], MaxAttached);
            if (BpfCalls.Call(BpfCalls.ProgramQuery, attributes) != 0)
            {
                throw LinuxException.FromLastError("bpf", "BPF_PROG_QUERY");
            }
        }

        return ids[..(int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(attributes[24..]), MaxAttached)].ToArray();
    }

    private static void Detach(Fd group, uint id)
    {
        Span<byte> attributes = stackalloc byte[AttributeSize];
        attributes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(attributes, id);
        int fd = BpfCalls.Call(BpfCalls.ProgramGetFdById, attributes);
        if (fd < 0)
        {
            throw LinuxException.FromLastError("bpf", "BPF_PROG_GET_FD_BY_ID");
        }

        using var program = new Fd(fd);
        FillAttach(attributes, group, program, flags: 0);
        if (BpfCalls.Call(BpfCalls.ProgramDetach, attributes) != 0)
        {
            throw LinuxException.FromLastError("bpf", "BPF_PROG_DETACH");
        }
    }

    private static void FillAttach(Span<byte> attributes, Fd group, Fd program, uint flags)
    {
        attributes.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(attributes, group.Value);
        BinaryPrimitives.WriteInt32LittleEndian(attributes[4..], program.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes[8..], BpfCalls.AttachCgroupDevice);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes[12..], flags);
    }
}
