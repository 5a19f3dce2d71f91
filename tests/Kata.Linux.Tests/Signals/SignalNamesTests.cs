using Kata.Linux.Signals;
using Kata.Primitives;

namespace Kata.Linux.Tests.Signals;

public sealed class SignalNamesTests
{
    [Theory]
    [InlineData("SIGTERM", 15)]
    [InlineData("term", 15)]
    [InlineData("9", 9)]
    [InlineData("64", 64)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("RTMAX-14", 50)]
    [InlineData("SIGPOLL", 29)]
    public void Parse_KnownSignal_GivesItsNumber(string text, int number) => Assert.Equal(number, SignalNames.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("SIG")]
    [InlineData("SIGNOPE")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMAX-31")]
    [InlineData("RTMIN+")]
    [InlineData("99999999999")]
    public void Parse_UnknownSignal_IsRefused(string text) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => SignalNames.Parse(text)).Code);

    [Fact]
    public void NameOf_EverySignalButTheTwoOfLibc_IsReadBack()
    {
        foreach (int signal in Enumerable.Range(1, SignalNames.Maximum).Where(number => number is not (32 or 33)))
        {
            Assert.Equal(signal, SignalNames.Parse(SignalNames.NameOf(signal)));
        }
    }

    [Fact]
    public void SignalSet_Of_ContainsJustThose()
    {
        SignalSet set = SignalSet.Of(1, 64);

        Assert.Equal(0x8000_0000_0000_0001UL, set.Bits);
        Assert.True(set.Contains(64));
        Assert.False(set.Contains(2));
    }
}
