using Kata.Linux.Processes;
using Kata.Linux.Security;
using Kata.Linux.Security.Seccomp;
using Kata.Linux.Tests.Processes;
using Kata.Primitives;

namespace Kata.Linux.Tests.Security;

public sealed class SeccompProgramTests
{
    private const uint Read = 0;
    private const uint Personality = 135;
    private const uint MarkOfX32 = 0x4000_0000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Compile_EveryCallOfTheTable_GetsItsOwnDecision()
    {
        // A different errno for each call, so that a wrong turn in the tree cannot go unseen.
        string[] names = AllNames(SeccompArchitecture.X64);
        SeccompRule[] rules = [.. names.Select((name, i) => new SeccompRule([name], SeccompAction.Fail((uint)i + 1), []))];
        SeccompProgram program = SeccompProgram.Compile(new SeccompFilter { DefaultAction = SeccompAction.Allow, Rules = rules }, SeccompArchitecture.X64);

        for (int i = 0; i < names.Length; i++)
        {
            uint number = SystemCallTable.NumberOf(SeccompArchitecture.X64, names[i])!.Value;
            Assert.Equal(SeccompAction.Fail((uint)i + 1), BpfMachine.Run(program, BpfMachine.X64, number));
        }

        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, 1000));
        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, 400));
        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, uint.MaxValue));
        Assert.Empty(program.UnknownNames);
    }

    [Fact]
    public void Compile_OtherArchitecture_IsKilled()
    {
        SeccompProgram program = Compile(SeccompAction.Allow);

        Assert.Equal(SeccompAction.KillProcess, BpfMachine.Run(program, BpfMachine.X86, 3));
        Assert.Equal(SeccompAction.KillProcess, BpfMachine.Run(program, BpfMachine.Arm64, 3));
        Assert.Equal(SeccompAction.KillProcess, BpfMachine.Run(program, BpfMachine.X64, Read | MarkOfX32));
        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, uint.MaxValue));
    }

    [Fact]
    public void Compile_ListedArchitectures_HaveTheirOwnNumbers()
    {
        var filter = new SeccompFilter
        {
            DefaultAction = SeccompAction.Fail(1),
            Architectures = [SeccompArchitecture.X64, SeccompArchitecture.X86, SeccompArchitecture.X32, SeccompArchitecture.Arm64],
            Rules = [new SeccompRule(["read", "ioctl"], SeccompAction.Allow, [])],
        };
        SeccompProgram program = SeccompProgram.Compile(filter, SeccompArchitecture.X64);

        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, Read));
        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, Read | MarkOfX32));
        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, 514 | MarkOfX32)); // ioctl of x32
        Assert.Equal(SeccompAction.Fail(1), BpfMachine.Run(program, BpfMachine.X64, 16 | MarkOfX32));
        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X86, 3));
        Assert.Equal(SeccompAction.Fail(1), BpfMachine.Run(program, BpfMachine.X86, 0));
        Assert.Equal(SeccompAction.KillProcess, BpfMachine.Run(program, BpfMachine.Arm64, 63)); // this machine runs none of those
    }

    [Fact]
    public void Compile_ForArm64_UsesItsNumbers()
    {
        var filter = new SeccompFilter
        {
            DefaultAction = SeccompAction.Fail(1),
            Rules = [new SeccompRule(["read", "mkdir"], SeccompAction.Allow, [])],
        };
        SeccompProgram program = SeccompProgram.Compile(filter, SeccompArchitecture.Arm64);

        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.Arm64, 63));
        Assert.Equal(SeccompAction.Fail(1), BpfMachine.Run(program, BpfMachine.Arm64, 0));
        Assert.Equal(["mkdir"], program.UnknownNames);
    }

    [Theory]
    [InlineData("SCMP_CMP_EQ", 5, 5, true)]
    [InlineData("SCMP_CMP_EQ", 5, 0x1_0000_0005, false)]
    [InlineData("SCMP_CMP_NE", 5, 5, false)]
    [InlineData("SCMP_CMP_NE", 5, 0x1_0000_0005, true)]
    [InlineData("SCMP_CMP_NE", 5, 6, true)]
    [InlineData("SCMP_CMP_LT", 0x1_0000_0000, 0xffff_ffff, true)]
    [InlineData("SCMP_CMP_LT", 0x1_0000_0005, 0x1_0000_0005, false)]
    [InlineData("SCMP_CMP_LT", 0x1_0000_0005, 0x1_0000_0004, true)]
    [InlineData("SCMP_CMP_LT", 5, 0x1_0000_0000, false)]
    [InlineData("SCMP_CMP_LE", 0x1_0000_0005, 0x1_0000_0005, true)]
    [InlineData("SCMP_CMP_LE", 0x1_0000_0005, 0x1_0000_0006, false)]
    [InlineData("SCMP_CMP_LE", 0x1_0000_0005, 0x2_0000_0000, false)]
    [InlineData("SCMP_CMP_GE", 0x1_0000_0005, 0x1_0000_0005, true)]
    [InlineData("SCMP_CMP_GE", 0x1_0000_0005, 0x1_0000_0004, false)]
    [InlineData("SCMP_CMP_GE", 0x1_0000_0005, 0xffff_ffff, false)]
    [InlineData("SCMP_CMP_GT", 0x1_0000_0005, 0x1_0000_0005, false)]
    [InlineData("SCMP_CMP_GT", 0x1_0000_0005, 0x1_0000_0006, true)]
    [InlineData("SCMP_CMP_GT", 5, 0x1_0000_0000, true)]
    public void Compile_Condition_ComparesAll64Bits(string comparison, ulong value, ulong argument, bool holds)
    {
        SeccompProgram program = Compile(
            SeccompAction.Fail(1),
            new SeccompRule(["personality"], SeccompAction.Allow, [SeccompNames.ParseCondition(2, value, 0, comparison)]));

        Assert.Equal(holds ? SeccompAction.Allow : SeccompAction.Fail(1), BpfMachine.Run(program, BpfMachine.X64, Personality, 0, 0, argument));
        Assert.Equal(SeccompAction.Fail(1), BpfMachine.Run(program, BpfMachine.X64, Personality + 1, 0, 0, argument));
    }

    [Fact]
    public void Compile_MaskedCondition_LooksAtTheMaskOnly()
    {
        // As profiles allow clone without new namespaces: (flags & mask) == 0.
        SeccompProgram program = Compile(
            SeccompAction.Fail(1),
            new SeccompRule(["clone"], SeccompAction.Allow, [SeccompNames.ParseCondition(0, 0x7E02_0000, 0, "SCMP_CMP_MASKED_EQ")]));

        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, 56, 0x8000_0011));
        Assert.Equal(SeccompAction.Fail(1), BpfMachine.Run(program, BpfMachine.X64, 56, 0x2000_0011));
    }

    [Fact]
    public void Compile_SeveralConditions_AndAcrossArgumentsOrOnOne()
    {
        SeccompCondition At(uint index, ulong value) => new(index, SeccompComparison.Equal, value);
        SeccompProgram program = Compile(
            SeccompAction.Fail(1),
            new SeccompRule(["read"], SeccompAction.Allow, [At(0, 1), At(1, 2)]),
            new SeccompRule(["write"], SeccompAction.Allow, [At(0, 1), At(0, 2)]),
            new SeccompRule(["read"], SeccompAction.Fail(7), [At(0, 9)]));

        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, 0, 1, 2));
        Assert.Equal(SeccompAction.Fail(1), BpfMachine.Run(program, BpfMachine.X64, 0, 1, 3));
        Assert.Equal(SeccompAction.Fail(7), BpfMachine.Run(program, BpfMachine.X64, 0, 9, 3));
        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, 1, 1));
        Assert.Equal(SeccompAction.Allow, BpfMachine.Run(program, BpfMachine.X64, 1, 2));
        Assert.Equal(SeccompAction.Fail(1), BpfMachine.Run(program, BpfMachine.X64, 1, 3));
    }

    [Fact]
    public void Compile_RuleWithoutConditions_BeatsThoseWith()
    {
        SeccompProgram program = Compile(
            SeccompAction.Allow,
            new SeccompRule(["read"], SeccompAction.Fail(7), [new SeccompCondition(0, SeccompComparison.Equal, 1)]),
            new SeccompRule(["read"], SeccompAction.Fail(8), []),
            new SeccompRule(["read"], SeccompAction.Fail(9), []));

        Assert.Equal(SeccompAction.Fail(8), BpfMachine.Run(program, BpfMachine.X64, 0, 1));
    }

    [Fact]
    public void Compile_TooManyConditions_IsRefused()
    {
        SeccompRule[] rules =
        [
            .. AllNames(SeccompArchitecture.X64).Take(300).Select(
                name => new SeccompRule([name], SeccompAction.Fail(1), [.. Enumerable.Range(0, 6).Select(i => new SeccompCondition((uint)i, SeccompComparison.Equal, (ulong)name.Length))])),
        ];

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Compile(SeccompAction.Allow, rules)).Code);
        Assert.Throws<KataException>(() => Compile(SeccompAction.Allow, new SeccompRule(["read"], SeccompAction.Trap, [new SeccompCondition(6, SeccompComparison.Equal, 0)])));
    }

    [Theory]
    [InlineData("SCMP_ACT_NOTIFY", ErrorCode.Unsupported)]
    [InlineData("SCMP_ACT_FLY", ErrorCode.InvalidArgument)]
    public void ParseAction_NotToBeHad_IsRefused(string name, ErrorCode code) =>
        Assert.Equal(code, Assert.Throws<KataException>(() => SeccompNames.ParseAction(name)).Code);

    [Fact]
    public async Task LoadSeccomp_DeniedCall_FailsInTheProgram()
    {
        var filter = new SeccompFilter
        {
            DefaultAction = SeccompAction.Allow,
            Flags = SeccompFlags.Log | SeccompFlags.AllowSpeculation,
            Architectures = [SeccompArchitecture.X86, SeccompArchitecture.X32, SeccompArchitecture.Arm],
            Rules = [new SeccompRule(["mkdir", "mkdirat"], SeccompAction.Fail((uint)Errno.EXDEV), [])],
        };

        string output = await ProgramOutput.RunAsync(
            program => program.NoNewPrivileges().LoadSeccomp(SeccompProgram.Compile(filter))
                .Execute("/bin/sh", ["sh", "-c", "mkdir /tmp/x; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status"], ["PATH=/usr/bin:/bin", "LC_ALL=C"]),
            Cancel);

        Assert.Contains("Invalid cross-device link", output, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", output, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoadSeccomp_ExecveDenied_IsReportedAsTheFailedStep()
    {
        SeccompProgram filter = Compile(SeccompAction.Allow, new SeccompRule(["execve"], SeccompAction.Fail((uint)Errno.EPERM), []));
        using ProcessProgram program = new ProcessProgram().NoNewPrivileges().LoadSeccomp(filter).Execute("/bin/true", ["true"], []);
        using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions());

        LaunchException error = await Assert.ThrowsAsync<LaunchException>(() => process.Executed.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        await process.WaitAsync(Cancel);

        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.True(error.Executing);
    }

    private static SeccompProgram Compile(SeccompAction otherwise, params SeccompRule[] rules) =>
        SeccompProgram.Compile(new SeccompFilter { DefaultAction = otherwise, Rules = rules }, SeccompArchitecture.X64);

    private static string[] AllNames(SeccompArchitecture architecture) =>
    [
        .. System.Text.Encoding.ASCII.GetString(SystemCallTable.EntriesOf(architecture))
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split('=')[0]),
    ];
}
