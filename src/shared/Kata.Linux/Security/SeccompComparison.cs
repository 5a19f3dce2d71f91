namespace Kata.Linux.Security;

/// <summary>How an argument of a system call is compared, without signs.</summary>
public enum SeccompComparison
{
    /// <summary>Is not the value.</summary>
    NotEqual,

    /// <summary>Is less.</summary>
    Less,

    /// <summary>Is less or the same.</summary>
    LessOrEqual,

    /// <summary>Is the value.</summary>
    Equal,

    /// <summary>Is greater or the same.</summary>
    GreaterOrEqual,

    /// <summary>Is greater.</summary>
    Greater,

    /// <summary>With only the bits of a mask, is the value.</summary>
    MaskedEqual,
}
