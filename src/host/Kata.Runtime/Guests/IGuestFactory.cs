namespace Kata.Runtime.Guests;

/// <summary>"Give me a running VM with an agent": one way of getting there. Booting is one, cloning a template another.</summary>
public interface IGuestFactory
{
    /// <summary>Makes a guest. A call that fails or is cancelled leaves nothing behind.</summary>
    /// <exception cref="Kata.Primitives.KataException">DeadlineExceeded or Unavailable: no agent answered; the message has the VMM's end and the console's tail.</exception>
    Task<RunningGuest> StartAsync(GuestRequest request, CancellationToken cancellationToken);
}
