using Microsoft.Extensions.Logging;

namespace Kata.Primitives;

/// <summary>
/// The undo steps of an operation in progress. Push a step after each acquisition; call <see cref="Commit"/> at the end. Disposed uncommitted, it runs
/// the steps in reverse order. Not safe for concurrent use.
/// </summary>
public sealed class RollbackStack(ILogger logger) : IAsyncDisposable
{
    private readonly Stack<(string What, Func<ValueTask> Undo)> _steps = new();

    /// <summary>Adds a step that undoes what was just done.</summary>
    /// <param name="what">The step in words, for the log if it fails: "unmount /run/x".</param>
    /// <param name="undo">The step.</param>
    public void Push(string what, Func<ValueTask> undo) => _steps.Push((what, undo));

    /// <summary>Adds a synchronous step.</summary>
    /// <inheritdoc cref="Push(string, Func{ValueTask})"/>
    public void Push(string what, Action undo) => Push(what, () =>
    {
        undo();
        return ValueTask.CompletedTask;
    });

    /// <summary>The operation succeeded: forgets all steps.</summary>
    public void Commit() => _steps.Clear();

    /// <summary>Runs the steps that are left, the last one first. A step that fails is logged and does not stop the others.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_steps.TryPop(out (string What, Func<ValueTask> Undo) step))
        {
            await Teardown.RunAsync(logger, step.What, step.Undo).ConfigureAwait(false);
        }
    }
}
