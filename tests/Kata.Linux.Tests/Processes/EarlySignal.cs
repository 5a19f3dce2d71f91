using System.Runtime.CompilerServices;

namespace Kata.Linux.Tests.Processes;

/// <summary>A signal that this process ignores before it launches anything, as one that nohup(1) started does.</summary>
internal static class EarlySignal
{
    /// <summary>Its number; nothing else uses it.</summary>
    internal const int Number = 50;

    // Not in a test: another may have launched something by then.
    [ModuleInitializer]
    internal static void Ignore() => NativeMethods.SetHandler(Number, 1); // SIG_IGN
}
