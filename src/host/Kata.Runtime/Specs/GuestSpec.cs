using Proto = Kata.Protocols.Oci;

namespace Kata.Runtime.Specs;

/// <summary>An OCI spec as it goes to the agent.</summary>
/// <param name="Spec">The message.</param>
/// <param name="SharedPidNamespace">Whether the container joins the pid namespace of the pod's first container.</param>
public sealed record GuestSpec(Proto.Spec Spec, bool SharedPidNamespace);
