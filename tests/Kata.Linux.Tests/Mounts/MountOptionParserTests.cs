using Kata.Linux.Mounts;
using Kata.Primitives;

namespace Kata.Linux.Tests.Mounts;

public sealed class MountOptionParserTests
{
    [Fact]
    public void Parse_Mixture_SortsTheWords()
    {
        MountOptions options = MountOptionParser.Parse(["rbind", "ro", "nosuid,nodev", "rprivate", "size=64k", "mode=755", "tmpcopyup", "rro", "x-systemd.automount"]);

        Assert.Equal(MountFlags.Bind | MountFlags.Recursive | MountFlags.ReadOnly | MountFlags.NoSetId | MountFlags.NoDevices, options.Flags);
        Assert.Equal([MountFlags.Private | MountFlags.Recursive], options.Propagation);
        Assert.Equal("size=64k,mode=755", options.DataText);
        Assert.True(options.CopyUp);
        Assert.True(options.IsBind);
        Assert.Equal(MountAttributes.ReadOnly, options.RecursiveSet);
        Assert.True(options.HasRecursiveAttributes);
    }

    [Fact]
    public void Parse_Contradiction_LastWordWins()
    {
        MountOptions options = MountOptionParser.Parse(["ro", "rw", "noexec", "noatime", "strictatime", "rro", "rrw"]);

        Assert.Equal(MountFlags.NoExecute | MountFlags.StrictAccessTimes, options.Flags);
        Assert.True(options.ClearedFlags.HasFlag(MountFlags.ReadOnly));
        Assert.Equal(MountAttributes.None, options.RecursiveSet);
        Assert.Equal(MountAttributes.ReadOnly, options.RecursiveClear);
    }

    [Theory]
    [InlineData("rnoatime", MountAttributes.NoAccessTimes)]
    [InlineData("rstrictatime", MountAttributes.StrictAccessTimes)]
    [InlineData("rrelatime", MountAttributes.None)]
    public void Parse_RecursiveAccessTimes_SetTheField(string word, MountAttributes set)
    {
        MountOptions options = MountOptionParser.Parse([word]);

        Assert.Equal(set, options.RecursiveSet);
        Assert.NotEqual(MountAttributes.None, options.RecursiveClear & MountAttributes.AccessTimeMask);
    }

    [Fact]
    public void Parse_NothingOrDefaults_IsEmpty()
    {
        Assert.Null(MountOptionParser.Parse([]).DataText);
        Assert.Equal(MountFlags.None, MountOptionParser.Parse(["defaults", "", ",,"]).Flags);
    }

    [Fact]
    public void Parse_HostileLists_AreRefused()
    {
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => MountOptionParser.Parse(["a\0b"])).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => MountOptionParser.Parse([new string('a', 5000)])).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => MountOptionParser.Parse(Enumerable.Repeat("a", 1025))).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => MountOptionParser.Parse([new string(',', 100_000)])).Code);
    }

    [Fact]
    public void Parse_RandomWords_KeepsEveryUnknownOneInOrder()
    {
        var random = new Random(7);
        const string Letters = "rbinopvate=,: \\'\"\u00e9";
        for (int i = 0; i < 2000; i++)
        {
            string text = new(Enumerable.Range(0, random.Next(40)).Select(_ => Letters[random.Next(Letters.Length)]).ToArray());

            MountOptions options = MountOptionParser.Parse([text, "zzz=1"]);

            Assert.Equal("zzz=1", options.Data[^1]);
            Assert.All(options.Data, word => Assert.Contains(word, text + ",zzz=1", StringComparison.Ordinal));
        }
    }
}
