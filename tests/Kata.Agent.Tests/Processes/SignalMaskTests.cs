using Kata.Agent.Processes;

namespace Kata.Agent.Tests.Processes;

public sealed class SignalMaskTests
{
    private const int SigTerm = 15;

    [Theory]
    [InlineData("0000000000004000", "0", "0", false)]
    [InlineData("0", "0000000000004000", "0", false)]
    [InlineData("0", "0", "0000000000004000", false)]
    [InlineData("0", "0", "0000000000002000", true)]
    public void IsLostOnInit_FirstOfItsNamespace_DependsOnTheMasks(string blocked, string ignored, string caught, bool lost)
    {
        SignalMask mask = SignalMask.Parse($"Name:\tsleep\nNSpid:\t77\t1\nSigBlk:\t{blocked}\nSigIgn:\t{ignored}\nSigCgt:\t{caught}\n");

        Assert.Equal(lost, mask.IsLostOnInit(SigTerm));
    }

    [Fact]
    public void IsLostOnInit_OrdinaryProcess_IsNever() => Assert.False(SignalMask.Parse("NSpid:\t77\t5\nSigCgt:\t0\n").IsLostOnInit(SigTerm));
}
