namespace Kata.Agent.Containers;

/// <summary>Where a container is in its life: Creating → Created → Running ⇄ Paused → Stopped, and Created ⇄ Paused.</summary>
internal enum ContainerStatus
{
    /// <summary>Its id is taken; nothing else of it can be used yet.</summary>
    Creating,

    /// <summary>Set up, the program not executed yet.</summary>
    Created,

    /// <summary>The program runs.</summary>
    Running,

    /// <summary>All its processes are frozen.</summary>
    Paused,

    /// <summary>Its first process is gone.</summary>
    Stopped,
}
