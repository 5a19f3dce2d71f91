namespace Kata.Configuration;

/// <summary>How the pod's network interfaces reach the VM.</summary>
public enum NetworkModel
{
    /// <summary>A tap device joined to the interface by tc filters.</summary>
    TcFilter,

    /// <summary>A macvtap device on top of the interface.</summary>
    MacVtap,

    /// <summary>The pod's interfaces stay outside.</summary>
    None,
}
