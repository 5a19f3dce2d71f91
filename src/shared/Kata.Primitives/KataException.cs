namespace Kata.Primitives;

/// <summary>The one exception type of the project: a code to act on and a message for a person.</summary>
/// <remarks>Messages are lower case, end without a full stop, and name the object and what to do about it.</remarks>
public class KataException : Exception
{
    /// <summary>Describes a failure.</summary>
    /// <param name="code">What kind of failure.</param>
    /// <param name="message">What failed, on which object, why, and what to do.</param>
    /// <param name="cause">The failure underneath, if any.</param>
    public KataException(ErrorCode code, string message, Exception? cause = null)
        : base(message, cause) => Code = code;

    /// <summary>What kind of failure this is.</summary>
    public ErrorCode Code { get; }

    /// <summary>A request that asks for something this build, machine or VMM cannot do.</summary>
    public static KataException Unsupported(string message) => new(ErrorCode.Unsupported, message);

    /// <summary>A request that is wrong in itself.</summary>
    public static KataException Invalid(string message, Exception? cause = null) => new(ErrorCode.InvalidArgument, message, cause);

    /// <summary>A name that stands for nothing.</summary>
    public static KataException NotFound(string message) => new(ErrorCode.NotFound, message);
}
