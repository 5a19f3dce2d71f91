using System.Text;
using Kata.AgentCtl.Terminal;

namespace Kata.AgentCtl.Tests.Terminal;

public sealed class KeyReaderTests
{
    [Theory]
    [InlineData("\e[A", Key.Older)]
    [InlineData("\e[B", Key.Newer)]
    [InlineData("\eOC", Key.Right)]
    [InlineData("\e[D", Key.Left)]
    [InlineData("\e[H", Key.Start)]
    [InlineData("\e[4~", Key.End)]
    [InlineData("\e[3~", Key.Delete)]
    [InlineData("\e[1;5D", Key.WordLeft)]
    [InlineData("\ef", Key.WordRight)]
    [InlineData("\r", Key.Enter)]
    [InlineData("\t", Key.Complete)]
    [InlineData("\u0003", Key.Cancel)]
    [InlineData("\u0012", Key.SearchOlder)]
    [InlineData("\u007f", Key.DeleteBefore)]
    [InlineData("", Key.Gone)]
    [InlineData("\e[", Key.Gone)]
    [InlineData("\e[99;99;99;99;99;99;99", Key.Unknown)]
    internal void Read_Sequence_IsOneKey(string bytes, Key expected) => Assert.Equal(expected, Reader(Encoding.UTF8.GetBytes(bytes)).Read().Key);

    [Theory]
    [InlineData("a")]
    [InlineData("é")]
    [InlineData("漢")]
    [InlineData("😀")]
    public void Read_Character_IsWhole(string text)
    {
        (Key key, Rune character) = Reader(Encoding.UTF8.GetBytes(text)).Read();

        Assert.Equal(Key.Character, key);
        Assert.Equal(text, character.ToString());
    }

    [Fact]
    public void Read_NoUtf8_IsNoCharacter() => Assert.Equal(Key.Unknown, Reader([0xc3, 0x28]).Read().Key);

    private static KeyReader Reader(byte[] bytes)
    {
        int at = 0;
        return new KeyReader(() => at < bytes.Length ? bytes[at++] : -1);
    }
}
