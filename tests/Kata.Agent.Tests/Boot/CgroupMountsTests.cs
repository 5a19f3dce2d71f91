using Kata.Agent.Boot;

namespace Kata.Agent.Tests.Boot;

public sealed class CgroupMountsTests
{
    [Fact]
    public void Enabled_Table_ListsWhatIsOn() => Assert.Equal(
        ["cpu", "memory"],
        CgroupMounts.Enabled("#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\ncpuset\t0\t1\t0\nmemory\t2\t9\t1\n").Order());
}
