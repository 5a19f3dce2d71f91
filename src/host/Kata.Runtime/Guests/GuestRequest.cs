using Kata.Configuration;
using Kata.Linux.Processes;
using Kata.Runtime.Resources;
using Kata.Runtime.Sandboxes;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Guests;

/// <summary>The guest a sandbox needs.</summary>
public sealed record GuestRequest
{
    /// <summary>The sandbox's places on the host; its shared directory exists.</summary>
    public required SandboxPaths Paths { get; init; }

    /// <summary>The configuration.</summary>
    public required KataConfiguration Configuration { get; init; }

    /// <summary>How large.</summary>
    public required SandboxSize Size { get; init; }

    /// <summary>The thread that starts the VMM and its helpers: they die with it.</summary>
    public required LauncherThread Launcher { get; init; }

    /// <summary>Network namespace of the VMM, as a path; null: the caller's.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>Called with the VMM as soon as its process exists, before the guest boots.</summary>
    public Action<Hypervisors.IVirtualMachine>? Prepared { get; init; }

    /// <summary>The log.</summary>
    public required ILogger Logger { get; init; }
}
