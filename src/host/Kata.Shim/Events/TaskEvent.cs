using Google.Protobuf;

namespace Kata.Shim.Events;

/// <summary>One event on its way to containerd.</summary>
/// <param name="Topic">Such as <c>/tasks/exit</c>.</param>
/// <param name="Message">The payload.</param>
/// <param name="At">When it happened.</param>
internal sealed record TaskEvent(string Topic, IMessage Message, DateTimeOffset At);
