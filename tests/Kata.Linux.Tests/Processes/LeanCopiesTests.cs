using Kata.Linux.Processes;

namespace Kata.Linux.Tests.Processes;

public sealed class LeanCopiesTests
{
    // As in a guest: code of ours, what the collector keeps beside its heap, regions in use, the rest of the reserve, a thread's stack with its guard.
    private const string Maps = """
        00400000-00401000 r--p 00000000 00:02 7                                  /init
        00401000-00854000 r-xp 00001000 00:02 7                                  /init
        00d55000-00d83000 rw-p 00000000 00:00 0
        38b69000-38b8b000 rw-p 00000000 00:00 0                                  [heap]
        7fe94f7ff000-7fe94f800000 ---p 00000000 00:00 0
        7fe94f800000-7fe950000000 rw-p 00000000 00:00 0
        7fe9553ea000-7fe9553eb000 r-xp 00000000 00:00 0
        7fe9553eb000-7fe955458000 rw-p 00000000 00:00 0
        7fe955458000-7fe955500000 ---p 00000000 00:00 0
        7fe955500000-7fe955521000 rw-p 00000000 00:00 0
        7fe955521000-7fe955d00000 ---p 00000000 00:00 0
        7fe955d00000-7fe955d51000 rw-p 00000000 00:00 0
        7fe955d51000-7fe9694b0000 ---p 00000000 00:00 0
        7fe9694b0000-7fe9694b1000 ---p 00000000 00:00 0
        7fe9694b1000-7fe969cb1000 rw-p 00000000 00:00 0
        7ffd5008d000-7ffd500ae000 rw-p 00000000 00:00 0                          [stack]
        """;

    [Fact]
    public void HeapAround_ReserveWithAStackBehindIt_EndsWithTheReserve()
    {
        (nint Start, nint Length)? heap = LeanCopies.HeapAround(MappedArea.Read(Maps), unchecked((nint)0x7fe955d01234));

        Assert.Equal((unchecked((nint)0x7fe955400000), unchecked((nint)(0x7fe9694b0000 - 0x7fe955400000))), heap);
    }

    [Theory]
    [InlineData(0x38b70000)]
    [InlineData(0x7fe94f900000)]
    [InlineData(0x7fe9694b2000)]
    [InlineData(0x10)]
    public void HeapAround_ObjectElsewhere_IsUnknown(long sample) => Assert.Null(LeanCopies.HeapAround(MappedArea.Read(Maps), unchecked((nint)sample)));

    [Theory]
    [InlineData("")]
    [InlineData("7fe9 rw-p 00000000 00:00 0\n-7fe9 rw-p 00000000 00:00 0\nx-y rw-p 00000000 00:00 0\n1-2 rw-p")]
    public void Read_Malformed_IsLeftOut(string text) => Assert.Empty(MappedArea.Read(text));
}
