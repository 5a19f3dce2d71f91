using Microsoft.Extensions.Logging;

namespace Kata.Primitives;

/// <summary>Clean-up steps that must not stop the steps after them: a failure is logged and reported, never thrown.</summary>
public static partial class Teardown
{
    /// <summary>Runs one step.</summary>
    /// <param name="logger">Where a failure goes, at warning level.</param>
    /// <param name="what">The step in words: "remove cgroup /kata_x".</param>
    /// <param name="step">The step.</param>
    /// <returns>Whether it succeeded.</returns>
    public static bool Run(ILogger logger, string what, Action step)
    {
        ArgumentNullException.ThrowIfNull(step);
        try
        {
            step();
            return true;
        }
#pragma warning disable CA1031 // Whatever the step throws, the ones after it must run.
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogFailed(logger, what, error.Message);
            return false;
        }
    }

    /// <summary>Runs one asynchronous step.</summary>
    /// <inheritdoc cref="Run"/>
    public static async ValueTask<bool> RunAsync(ILogger logger, string what, Func<ValueTask> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        try
        {
            await step().ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // Whatever the step throws, the ones after it must run.
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogFailed(logger, what, error.Message);
            return false;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "clean-up failed: {What}: {Reason}")]
    private static partial void LogFailed(ILogger logger, string what, string reason);
}
