using System.Runtime.CompilerServices;
using Kata.Primitives;

namespace Kata.Rego.Evaluation;

/// <summary>What one evaluation has used of its limits. Every loop and every new value is charged here.</summary>
internal sealed class Budget(RegoLimits limits, TimeProvider time, CancellationToken cancellationToken)
{
    private const long StepsPerLook = 4096;

    private readonly long _started = time.GetTimestamp();
    private long _steps;
    private long _nextLook = StepsPerLook;
    private long _cells;
    private int _depth;

    /// <summary>Charges work.</summary>
    /// <param name="count">Steps, at least 1.</param>
    public void Steps(long count)
    {
        _steps += count;
        if (_steps > limits.MaxSteps)
        {
            throw new RegoException(ErrorCode.ResourceExhausted, $"the evaluation takes more than {limits.MaxSteps} steps");
        }

        if (_steps >= _nextLook)
        {
            Look();
        }
    }

    /// <summary>Charges a new value.</summary>
    /// <param name="count">Its elements, or pieces of 16 characters.</param>
    public void Cells(long count)
    {
        Steps(count);
        _cells += count;
        if (_cells > limits.MaxCells)
        {
            throw new RegoException(ErrorCode.ResourceExhausted, $"the evaluation makes more than {limits.MaxCells} parts of values");
        }
    }

    /// <summary>Charges a new text.</summary>
    /// <param name="length">Its characters.</param>
    public void Text(long length) => Cells(1 + (length / 16));

    /// <summary>Enters a rule or function; to be left again.</summary>
    public void Enter()
    {
        if (++_depth > limits.MaxCallDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new RegoException(ErrorCode.ResourceExhausted, $"rules call each other more than {limits.MaxCallDepth} deep");
        }
    }

    /// <summary>Leaves a rule or function.</summary>
    public void Leave() => _depth--;

    /// <summary>Stops an evaluation that would use up the stack.</summary>
    public static void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new RegoException(ErrorCode.ResourceExhausted, "the evaluation nests too deep");
        }
    }

    private void Look()
    {
        _nextLook = _steps + StepsPerLook;
        cancellationToken.ThrowIfCancellationRequested();
        if (time.GetElapsedTime(_started) > limits.MaxTime)
        {
            throw new RegoException(ErrorCode.ResourceExhausted, $"the evaluation takes longer than {limits.MaxTime.TotalSeconds:0.###} s");
        }
    }
}
