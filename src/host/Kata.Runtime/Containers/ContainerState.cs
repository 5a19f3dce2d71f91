namespace Kata.Runtime.Containers;

/// <summary>Where a container or process is in its life.</summary>
public enum ContainerState
{
    /// <summary>Set up, its program not running yet.</summary>
    Created,

    /// <summary>Its program runs.</summary>
    Running,

    /// <summary>Frozen.</summary>
    Paused,

    /// <summary>Its program ended or never ran; it can only be deleted.</summary>
    Stopped,
}
