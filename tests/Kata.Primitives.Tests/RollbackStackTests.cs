using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Primitives.Tests;

public sealed class RollbackStackTests
{
    [Fact]
    public async Task DisposeAsync_Uncommitted_UndoesInReverseOrder()
    {
        var undone = new List<int>();

        await using (var stack = new RollbackStack(NullLogger.Instance))
        {
            stack.Push("one", () => undone.Add(1));
            stack.Push("two", () => undone.Add(2));
        }

        Assert.Equal([2, 1], undone);
    }

    [Fact]
    public async Task DisposeAsync_Committed_UndoesNothing()
    {
        var undone = new List<int>();

        await using (var stack = new RollbackStack(NullLogger.Instance))
        {
            stack.Push("one", () => undone.Add(1));
            stack.Commit();
        }

        Assert.Empty(undone);
    }

    [Fact]
    public async Task DisposeAsync_AStepFails_RunsTheOthers()
    {
        var undone = new List<int>();

        await using (var stack = new RollbackStack(NullLogger.Instance))
        {
            stack.Push("one", () => undone.Add(1));
            stack.Push("two", () => throw new InvalidOperationException("no"));
        }

        Assert.Equal([1], undone);
    }
}
