using Google.Protobuf;

namespace Kata.Shim.Events;

/// <summary>One event on its way to containerd.</summary>
/// <param name="Topic">Such as <c>/tasks/exit</c>.</param>
/// <param name="Type">The payload's message name, which containerd finds its type by. Asking the message for it would build the descriptors of every protocol.</param>
/// <param name="Message">The payload.</param>
/// <param name="At">When it happened.</param>
internal sealed record TaskEvent(string Topic, string Type, IMessage Message, DateTimeOffset At);
