using Kata.Primitives;

namespace Kata.Rego;

/// <summary>An evaluation that has no result: definitions that contradict each other, or a limit that was reached.</summary>
public sealed class RegoException : KataException
{
    /// <summary>Describes why there is no result.</summary>
    /// <param name="message">What failed, and where in the policy.</param>
    public RegoException(string message)
        : this(ErrorCode.FailedPrecondition, message)
    {
    }

    /// <summary>Describes why there is no result.</summary>
    /// <param name="code">ResourceExhausted when a limit was reached.</param>
    /// <param name="message">What failed, and where in the policy.</param>
    public RegoException(ErrorCode code, string message)
        : base(code, message)
    {
    }
}
