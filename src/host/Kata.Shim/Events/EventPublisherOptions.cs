namespace Kata.Shim.Events;

/// <summary>Time limits of the event publisher.</summary>
internal sealed record EventPublisherOptions
{
    /// <summary>The time containerd may take for one event.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause after the first failure; it grows by this much with each.</summary>
    public TimeSpan RetryStep { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The time left for queued events when the shim ends.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
