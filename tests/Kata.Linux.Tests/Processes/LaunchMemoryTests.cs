using Kata.Linux.Processes;

namespace Kata.Linux.Tests.Processes;

public sealed unsafe class LaunchMemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(8192)]
    [InlineData(16 * 4096)]
    [InlineData((16 * 4096) + 1)]
    [InlineData(1 << 20)]
    public void Allocate_AfterOthersWroteAndFreed_IsZeroedAndWhole(int size)
    {
        var held = new List<nint>();
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 6; i++)
            {
                nint memory = LaunchMemory.Allocate(size);
                Assert.Equal(0, memory % Environment.SystemPageSize);
                Assert.True(new Span<byte>((void*)memory, size).IndexOfAnyExcept((byte)0) < 0);
                new Span<byte>((void*)memory, size).Fill(0xff);
                held.Add(memory);
            }

            Assert.Equal(held.Count, held.Distinct().Count());
            held.ForEach(memory => LaunchMemory.Free(memory, size));
            held.Clear();
        }
    }
}
