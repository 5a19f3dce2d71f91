namespace Kata.AgentCtl.Api;

/// <summary>How the text of an argument becomes the value of its field.</summary>
internal enum ArgumentKind
{
    /// <summary>By the type of the field.</summary>
    Plain,

    /// <summary>A signal by name or number.</summary>
    Signal,

    /// <summary>Addresses in hexadecimal, separated by commas.</summary>
    HexList,

    /// <summary>An OCI <c>config.json</c> as <c>file://PATH</c>, converted to the agent's form.</summary>
    Spec,

    /// <summary>The process of such a <c>config.json</c>.</summary>
    SpecProcess,

    /// <summary>The resources of such a <c>config.json</c>.</summary>
    SpecResources,
}
