namespace Kata.Primitives.Tests;

public sealed class PrintableTests
{
    [Fact]
    public void Escape_ControlCharactersAndQuotes_AreEscaped() =>
        Assert.Equal("a\\u000ab\\u001b[0m\\\"\\\\", Printable.Escape("a\nb\u001b[0m\"\\", 100));

    [Fact]
    public void Escape_TooLong_IsCutAndMarked() => Assert.Equal("ab…", Printable.Escape("abcd", 2));
}
