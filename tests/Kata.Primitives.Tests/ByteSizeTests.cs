namespace Kata.Primitives.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("512", 512)]
    [InlineData("64k", 64L << 10)]
    [InlineData("128m", 128L << 20)]
    [InlineData("128MiB", 128L << 20)]
    [InlineData(" 2 g ", 2L << 30)]
    [InlineData("1T", 1L << 40)]
    public void Parse_ValidText_GivesBytes(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text).Bytes);

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-1")]
    [InlineData("1.5g")]
    [InlineData("12x")]
    [InlineData("9223372036854775808")]
    [InlineData("9223372036854775807k")]
    public void Parse_InvalidText_NamesTheText(string text)
    {
        KataException error = Assert.Throws<KataException>(() => ByteSize.Parse(text));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_WholeUnits_UsesTheLargest()
    {
        Assert.Equal("512 MiB", ByteSize.FromMebibytes(512).ToString());
        Assert.Equal("1025 B", new ByteSize(1025).ToString());
        Assert.Equal("0 B", default(ByteSize).ToString());
    }
}
