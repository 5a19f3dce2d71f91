using Kata.Agent.Containers;
using Kata.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Containers;

public sealed class ContainerTableTests
{
    private readonly ContainerTable _table = new();

    [Fact]
    public void Remove_TheIdHasAnotherContainerByNow_LeavesThatOne()
    {
        Container old = Made("c1");
        _table.Remove(old);
        Container next = Made("c1");

        _table.Remove(old); // the late one of two who removed it

        Assert.Same(next, _table.Require("c1"));
    }

    [Fact]
    public void Remove_TheIdIsReservedByNow_LeavesItReserved()
    {
        Container old = Made("c1");
        _table.Remove(old);
        _table.Reserve("c1");

        _table.Remove(old);

        Assert.Equal(ErrorCode.AlreadyExists, Assert.Throws<KataException>(() => _table.Reserve("c1")).Code);
    }

    [Fact]
    public void Release_TheIdHasAContainer_LeavesIt()
    {
        Container container = Made("c1");

        _table.Release("c1");

        Assert.Same(container, _table.Require("c1"));
    }

    [Fact]
    public void Reserve_Released_IsFreeAgain()
    {
        _table.Reserve("c1");

        _table.Release("c1");

        Assert.Equal(ErrorCode.NotFound, Assert.Throws<KataException>(() => _table.Require("c1")).Code);
        _table.Reserve("c1");
    }

    private Container Made(string id)
    {
        _table.Reserve(id);
        var container = new Container(NothingBut(id), null!, NullLogger.Instance);
        _table.Settle(container);
        return container;
    }

    /// <summary>The table asks a container for its id and nothing else.</summary>
    private static ContainerParts NothingBut(string id) => new()
    {
        Id = id,
        Facts = new ContainerFacts { Name = id, Program = "true" },
        SharesPids = false,
        Hooks = null,
        Seccomp = null,
        Root = null!,
        Namespaces = null!,
        Cgroup = null!,
        Gate = null!,
        Init = null!,
        Undo = null!,
    };
}
