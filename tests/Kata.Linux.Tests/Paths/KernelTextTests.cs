using System.Text;
using Kata.Linux.Paths;

namespace Kata.Linux.Tests.Paths;

public sealed class KernelTextTests
{
    [Fact]
    public void Decode_ThenEncode_GivesTheSameBytes()
    {
        var random = new Random(3);
        byte[] buffer = new byte[400];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(30)];
            random.NextBytes(bytes);

            int length = KernelText.Encode(KernelText.Decode(bytes), buffer);

            Assert.Equal(bytes, buffer[..length]);
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("größe-\U0001F600")]
    public void Decode_Utf8_IsOrdinaryText(string text) => Assert.Equal(text, KernelText.Decode(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Remove_TreeWithNamesThatAreNoText_Works()
    {
        using var directory = new TemporaryDirectory();
        using Fd root = directory.Open();
        string odd = KernelText.Decode([0xFF, (byte)'a', 0xC3, 0xED, 0xB2, 0x80]);
        FileAt.MakeDirectory(root, odd);
        using (Fd child = FileAt.Open(root, odd, OpenFlags.ReadOnly))
        {
            FileAt.MakeNode(child, odd, FileKind.Regular, 0x180);
            FileAt.MakeSymbolicLink(odd, child, "link");
            Assert.Equal(odd, FileAt.ReadLink(child, "link"));
        }

        Assert.Equal(odd, Assert.Single(DirectoryReader.Read(root)).Name);
        TreeRemover.Remove(root, odd);
        Assert.Empty(DirectoryReader.Read(root));
    }
}
