using System.Globalization;
using Kata.Linux;
using Kata.Linux.Netlink;
using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>
/// Waits for devices. What counts is always what sysfs shows; the kernel's events only tell when to look again, so nothing is missed whichever came
/// first. Listening begins with a wait that does not succeed at once and ends with it: an agent that waits for nothing receives nothing.
/// </summary>
/// <param name="timeout">How long to wait: <c>agent.hotplug_timeout</c>.</param>
/// <param name="time">The clock.</param>
internal sealed class DeviceWait(TimeSpan timeout, TimeProvider time)
{
    // Some things come without an event: a driver that is done probing, a node in /dev.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until a look succeeds.</summary>
    /// <param name="what">What is waited for, for the message: "block device at PCI path 02/00".</param>
    /// <param name="look">Looks once. What it throws ends the wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">DeadlineExceeded: it did not appear in time.</exception>
    public async Task<T> ForAsync<T>(string what, Look<T> look, CancellationToken cancellationToken)
        where T : class
    {
        if (look(out string missing) is { } present)
        {
            return present;
        }

        using var events = new UeventSocket();
        using var deadline = new CancellationTokenSource(timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        while (true)
        {
            if (look(out missing) is { } found)
            {
                return found;
            }

            if (stop.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new KataException(ErrorCode.DeadlineExceeded, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{what} did not appear within {timeout.TotalSeconds:0.###} s: {missing}; agent.hotplug_timeout sets how long the agent waits"));
            }

            await NextEventAsync(events, stop.Token).ConfigureAwait(false);
        }
    }

    // Returns at the next event that may matter, after a moment without one, and when time is up.
    private async Task NextEventAsync(UeventSocket events, CancellationToken stop)
    {
        using var pause = new CancellationTokenSource(LookAgain, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, stop);
        try
        {
            Uevent happened;
            do
            {
                happened = await events.ReadAsync(either.Token).ConfigureAwait(false);
            }
            while (happened.Action == "remove");
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOBUFS)
        {
            return; // events were lost: all the more reason to look
        }
    }
}
