using Kata.Protocols.Oci;

namespace Kata.Agent.Hooks;

/// <summary>What the specification calls the stages.</summary>
internal static class HookNames
{
    /// <summary>All stages, in their order. A list of our own, since the enumeration's takes reflection, which a start would pay for.</summary>
    public static readonly HookStage[] Stages =
        [HookStage.Prestart, HookStage.CreateRuntime, HookStage.CreateContainer, HookStage.StartContainer, HookStage.Poststart, HookStage.Poststop];

    /// <summary>The name of a stage in a specification.</summary>
    public static string Of(HookStage stage) => stage switch
    {
        HookStage.Prestart => "prestart",
        HookStage.CreateRuntime => "createRuntime",
        HookStage.CreateContainer => "createContainer",
        HookStage.StartContainer => "startContainer",
        HookStage.Poststart => "poststart",
        _ => "poststop",
    };

    /// <summary>The hooks of a stage.</summary>
    public static IReadOnlyList<Hook> Of(Protocols.Oci.Hooks? hooks, HookStage stage) => hooks is null ? [] : stage switch
    {
        HookStage.Prestart => hooks.Prestart,
        HookStage.CreateRuntime => hooks.CreateRuntime,
        HookStage.CreateContainer => hooks.CreateContainer,
        HookStage.StartContainer => hooks.StartContainer,
        HookStage.Poststart => hooks.Poststart,
        _ => hooks.Poststop,
    };

    /// <summary>What a container is called in the state that a hook of a stage reads.</summary>
    public static string StatusAt(HookStage stage) => stage switch
    {
        HookStage.Prestart or HookStage.CreateRuntime or HookStage.CreateContainer => "creating",
        HookStage.StartContainer => "created",
        HookStage.Poststart => "running",
        _ => "stopped",
    };
}
