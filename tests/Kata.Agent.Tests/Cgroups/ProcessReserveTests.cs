using Kata.Agent.Cgroups;

namespace Kata.Agent.Tests.Cgroups;

public sealed class ProcessReserveTests
{
    [Theory]
    [InlineData(2000, 32768, 1872)]
    [InlineData(200, 32768, 100)]
    [InlineData(100000, 32768, 32640)]
    public void Limit_RoomForTasks_KeepsSomeBack(long threads, long pids, long expected) => Assert.Equal(expected, ProcessReserve.Limit(threads, pids));
}
