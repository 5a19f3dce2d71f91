namespace Kata.Linux.Events;

/// <summary>Something that happened to a watched object.</summary>
/// <param name="Watch">The watch, as <see cref="Inotify.Add"/> numbered it; -1 for an overflow.</param>
/// <param name="Mask">What happened.</param>
/// <param name="Name">The entry of a watched directory; empty for the object itself.</param>
public readonly record struct InotifyEvent(int Watch, InotifyMask Mask, string Name);
