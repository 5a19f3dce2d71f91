using Kata.Agent.Containers;
using Kata.Primitives;

namespace Kata.Agent.Tests.Containers;

public sealed class ProcessTableTests
{
    private readonly ProcessTable _table = new();

    /// <summary>A process that was being made while its container was removed has no place any more: whoever made it must end it.</summary>
    [Fact]
    public void Settle_ClosedMeanwhile_IsRefusedAndTheNameIsFree()
    {
        _table.Reserve("e1");
        Assert.Empty(_table.Close());

        Assert.False(_table.Settle("e1", null));

        Assert.Null(_table.Find("e1"));
    }

    [Fact]
    public void Settle_MakingItFailed_FreesTheName()
    {
        _table.Reserve("e1");
        Assert.Equal(ErrorCode.AlreadyExists, Assert.Throws<KataException>(() => _table.Reserve("e1")).Code);

        Assert.True(_table.Settle("e1", null));

        _table.Reserve("e1");
    }
}
