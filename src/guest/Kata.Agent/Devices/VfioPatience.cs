namespace Kata.Agent.Devices;

/// <summary>How long the removal of a container waits for its devices to go back, however many they are; begins with the first that is waited for.</summary>
internal sealed class VfioPatience(TimeProvider time)
{
    private static readonly TimeSpan All = TimeSpan.FromSeconds(3);

    private long? _start;

    /// <summary>What is left of it; zero when it is over. Not for concurrent use.</summary>
    public TimeSpan Left
    {
        get
        {
            _start ??= time.GetTimestamp();
            TimeSpan left = All - time.GetElapsedTime(_start.Value);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}
