namespace Kata.Agent.Hooks;

/// <summary>The points of a container's life at which hooks run, in their order.</summary>
internal enum HookStage
{
    /// <summary>In the guest, when the namespaces exist and the root is still the guest's; the old name of <see cref="CreateRuntime"/>.</summary>
    Prestart,

    /// <summary>As <see cref="Prestart"/>, after it.</summary>
    CreateRuntime,

    /// <summary>In the container's namespaces, its root still the guest's.</summary>
    CreateContainer,

    /// <summary>In the container, as its first process, right before the program.</summary>
    StartContainer,

    /// <summary>In the guest, when the program runs.</summary>
    Poststart,

    /// <summary>In the guest, when the container is gone.</summary>
    Poststop,
}
