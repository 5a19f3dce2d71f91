using Kata.Linux.Paths;

namespace Kata.Agent.Devices;

/// <summary>A device of the guest that a container or a mount can use.</summary>
/// <param name="Path">Its node: <c>/dev/vda</c>.</param>
/// <param name="Kind">Block or character device.</param>
/// <param name="Number">Its number.</param>
internal sealed record DeviceNode(string Path, FileKind Kind, DeviceNumber Number);
