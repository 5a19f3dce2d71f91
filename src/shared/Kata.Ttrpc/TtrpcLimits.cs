namespace Kata.Ttrpc;

/// <summary>Numbers of the protocol.</summary>
public static class TtrpcLimits
{
    /// <summary>The largest frame body any peer takes: 4 MiB. Service and method name, metadata and message share it.</summary>
    public const int MaxMessageLength = 4 << 20;
}
