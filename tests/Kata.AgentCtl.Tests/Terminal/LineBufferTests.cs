using Kata.AgentCtl.Terminal;

namespace Kata.AgentCtl.Tests.Terminal;

public sealed class LineBufferTests
{
    [Theory]
    [InlineData("abc", "a|bc", Key.Start, Key.Right)]
    [InlineData("abc", "ab|", Key.DeleteBefore)]
    [InlineData("abc", "|bc", Key.Start, Key.Delete)]
    [InlineData("abc def", "abc |", Key.CutWord)]
    [InlineData("abc def", "|abc def", Key.WordLeft, Key.WordLeft)]
    [InlineData("abc def", "abc| def", Key.Start, Key.WordRight)]
    [InlineData("abc def", "|", Key.CutToStart)]
    [InlineData("abc def", "def|abc ", Key.CutWord, Key.Start, Key.Paste)]
    [InlineData("abc", "a|", Key.Start, Key.Right, Key.CutToEnd)]
    [InlineData("aé😀", "aé|", Key.DeleteBefore)]
    [InlineData("", "|", Key.Left, Key.DeleteBefore, Key.Delete, Key.CutWord, Key.WordLeft, Key.WordRight)]
    internal void Apply_Keys_EditTheLine(string text, string expected, params Key[] keys)
    {
        var line = new LineBuffer();
        line.Set(text);

        foreach (Key key in keys)
        {
            line.Apply(key);
        }

        Assert.Equal(expected, line.BeforeCursor + "|" + line.Text[line.BeforeCursor.Length..]);
    }

    [Fact]
    public void Render_LongLine_KeepsTheCursorInSight()
    {
        var line = new LineBuffer();
        line.Set(new string('x', 200) + "end");

        string shown = LineView.Render(line, columns: 40);

        Assert.EndsWith("end", shown.Split('\r')[1], StringComparison.Ordinal);
        Assert.InRange(shown.Split('\r')[1].Length, 1, 45);
    }
}
