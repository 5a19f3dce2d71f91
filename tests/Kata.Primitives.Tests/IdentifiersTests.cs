namespace Kata.Primitives.Tests;

public sealed class IdentifiersTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("0.a_b-c")]
    public void IsValid_GoodId_IsTrue(string id) => Assert.True(Identifiers.IsValid(id));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".a")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData("ab\n")]
    [InlineData("é1")]
    public void IsValid_BadId_IsFalse(string? id) => Assert.False(Identifiers.IsValid(id));

    [Fact]
    public void Require_HostileId_IsEscapedAndCutInTheMessage()
    {
        string hostile = "\u001b[31m" + new string('x', 10_000);

        KataException error = Assert.Throws<KataException>(() => Identifiers.Require(hostile, "container id"));

        Assert.DoesNotContain('\u001b', error.Message);
        Assert.InRange(error.Message.Length, 1, 400);
    }
}
