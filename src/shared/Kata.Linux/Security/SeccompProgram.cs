using System.Runtime.InteropServices;
using Kata.Linux.Security.Seccomp;
using Kata.Primitives;

namespace Kata.Linux.Security;

/// <summary>A system call filter that the kernel can load.</summary>
public sealed class SeccompProgram
{
    private const int MaxInstructions = 4096; // BPF_MAXINSNS
    private const int MaxConditions = 32; // in one rule; bounds the jumps
    private const uint NumberOffset = 0; // offsetof(struct seccomp_data, nr)
    private const uint ArchitectureOffset = 4; // offsetof(struct seccomp_data, arch)
    private const uint FirstOfX32 = 0x4000_0000; // __X32_SYSCALL_BIT
    private const uint SkippedByTracer = uint.MaxValue; // the number -1: a tracer cancelled the call, see seccomp(2)

    private readonly BpfInstruction[] _instructions;

    private SeccompProgram(BpfInstruction[] instructions, SeccompFlags flags, IReadOnlyList<string> unknownNames)
    {
        _instructions = instructions;
        Flags = flags;
        UnknownNames = unknownNames;
    }

    /// <summary>How it is loaded.</summary>
    public SeccompFlags Flags { get; }

    /// <summary>Names of system calls that no ABI in question has; rules for them had no effect.</summary>
    public IReadOnlyList<string> UnknownNames { get; }

    /// <summary>The number of instructions.</summary>
    public int Length => _instructions.Length;

    /// <summary>The instructions as the kernel takes them.</summary>
    internal ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes<BpfInstruction>(_instructions);

    /// <summary>The instructions.</summary>
    internal ReadOnlySpan<BpfInstruction> Instructions => _instructions;

    /// <summary>Compiles a filter for the machine this runs on.</summary>
    /// <exception cref="KataException">InvalidArgument: a rule makes no sense, or the filter gets longer than the kernel takes.</exception>
    public static SeccompProgram Compile(SeccompFilter filter) =>
        Compile(filter, RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? SeccompArchitecture.Arm64 : SeccompArchitecture.X64);

    /// <summary>Compiles a filter for a given machine.</summary>
    internal static SeccompProgram Compile(SeccompFilter filter, SeccompArchitecture native)
    {
        ArgumentNullException.ThrowIfNull(filter);
        List<SeccompArchitecture> abis = [native, .. filter.Architectures.Where(abi => abi != native && IsRunBy(native, abi)).Distinct().Order()];
        var unknown = new HashSet<string>(filter.Rules.SelectMany(rule => rule.Names));
        var code = new List<BpfInstruction> { BpfInstruction.Loading(ArchitectureOffset) };
        foreach (IGrouping<uint, SeccompArchitecture> group in abis.GroupBy(AuditNumber))
        {
            var decisions = new SortedDictionary<uint, BpfInstruction[]>();
            foreach (SeccompArchitecture abi in group)
            {
                Decide(filter, abi, decisions, unknown);
            }

            bool foreignX32 = native == SeccompArchitecture.X64 && group.Contains(SeccompArchitecture.X64) && !group.Contains(SeccompArchitecture.X32);
            List<BpfInstruction> block =
            [
                BpfInstruction.Loading(NumberOffset),
                .. foreignX32 ? RefuseX32() : [],
                .. SeccompTree.Build(decisions, filter.DefaultAction),
            ];
            code.Add(new BpfInstruction(BpfInstruction.JumpIfEqual, 1, 0, group.Key));
            code.Add(new BpfInstruction(BpfInstruction.Jump, 0, 0, (uint)block.Count));
            code.AddRange(block);
        }

        code.Add(BpfInstruction.Returning(SeccompAction.KillProcess));
        return code.Count <= MaxInstructions
            ? new SeccompProgram([.. code], filter.Flags, [.. unknown.Order(StringComparer.Ordinal)])
            : throw KataException.Invalid($"the seccomp filter has {code.Count} instructions; the kernel takes {MaxInstructions}: use fewer rules with conditions");
    }

    private static BpfInstruction[] RefuseX32() =>
    [
        new(BpfInstruction.JumpIfGreaterOrEqual, 0, 2, FirstOfX32),
        new(BpfInstruction.JumpIfEqual, 1, 0, SkippedByTracer),
        BpfInstruction.Returning(SeccompAction.KillProcess),
    ];

    private static void Decide(
        SeccompFilter filter, SeccompArchitecture abi, SortedDictionary<uint, BpfInstruction[]> decisions, HashSet<string> unknown)
    {
        var rules = new Dictionary<uint, List<SeccompRule>>();
        bool narrow = abi is SeccompArchitecture.X86 or SeccompArchitecture.Arm;
        foreach (SeccompRule rule in filter.Rules.SelectMany(Separate).Select(rule => narrow ? Narrow(rule) : rule))
        {
            foreach (string name in rule.Names)
            {
                if (SystemCallTable.NumberOf(abi, name) is { } number)
                {
                    unknown.Remove(name);
                    if (!rules.TryGetValue(number, out List<SeccompRule>? forCall))
                    {
                        rules.Add(number, forCall = []);
                    }

                    forCall.Add(rule);
                }
            }
        }

        foreach ((uint number, List<SeccompRule> forCall) in rules)
        {
            // A rule that says what the default says has no effect, not even on the others.
            List<SeccompRule> effective = forCall.FindAll(rule => rule.Action != filter.DefaultAction);
            SeccompRule? always = effective.Find(rule => rule.Conditions.Count == 0);
            decisions[number] = always is not null
                ? [BpfInstruction.Returning(always.Action)]
                : [.. effective.SelectMany(SeccompConditions.Compile), BpfInstruction.Returning(filter.DefaultAction)];
        }
    }

    /// <summary>
    /// A rule with several conditions on the same argument means "or" (runc splits it, and profiles count on that); one with conditions on different
    /// arguments means "and".
    /// </summary>
    private static IEnumerable<SeccompRule> Separate(SeccompRule rule)
    {
        if (rule.Conditions.Count > MaxConditions || rule.Conditions.Any(condition => condition.Index > 5))
        {
            throw KataException.Invalid($"a seccomp rule has more than {MaxConditions} conditions or one on an argument above 5");
        }

        bool repeated = rule.Conditions.DistinctBy(condition => condition.Index).Count() < rule.Conditions.Count;
        return repeated ? rule.Conditions.Select(condition => rule with { Conditions = [condition] }) : [rule];
    }

    /// <summary>Arguments of 32-bit ABIs have 32 bits, so the upper halves of values (of -1, say) must not matter.</summary>
    private static SeccompRule Narrow(SeccompRule rule) => rule with
    {
        Conditions = [.. rule.Conditions.Select(condition => condition with { Value = (uint)condition.Value, Mask = (uint)condition.Mask })],
    };

    private static bool IsRunBy(SeccompArchitecture native, SeccompArchitecture abi) => native switch
    {
        SeccompArchitecture.X64 => abi is SeccompArchitecture.X86 or SeccompArchitecture.X32,
        SeccompArchitecture.Arm64 => abi is SeccompArchitecture.Arm,
        _ => false,
    };

    private static uint AuditNumber(SeccompArchitecture abi) => abi switch
    {
        SeccompArchitecture.X64 or SeccompArchitecture.X32 => 0xC000_003E, // AUDIT_ARCH_X86_64
        SeccompArchitecture.X86 => 0x4000_0003, // AUDIT_ARCH_I386
        SeccompArchitecture.Arm64 => 0xC000_00B7, // AUDIT_ARCH_AARCH64
        _ => 0x4000_0028, // AUDIT_ARCH_ARM
    };
}
