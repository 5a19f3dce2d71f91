namespace Kata.Agent.Storage;

/// <summary>Makes a storage available. A call that fails leaves nothing mounted or created.</summary>
/// <param name="cancellationToken">Gives up waiting for a device.</param>
/// <returns>The owner: disposing it undoes this call, and may be repeated.</returns>
/// <exception cref="Kata.Primitives.KataException">DeadlineExceeded: a device did not appear in time.</exception>
/// <exception cref="Kata.Linux.LinuxException">The mount, or setting its owner, failed.</exception>
internal delegate ValueTask<GuestMount> MakeStorage(CancellationToken cancellationToken);
