using System.Collections;
using System.Globalization;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Processes;
using Kata.Shim.CommandLine;

namespace Kata.Shim.Daemon;

/// <summary>Starts the daemon: the same binary in a session and mount namespace of its own, with the listening socket as descriptor 3.</summary>
internal static class DaemonLauncher
{
    /// <summary>The descriptor the daemon listens on.</summary>
    public const int ListenerFd = 3;

    // Hexadecimal bytes. A small first generation keeps an idle heap small; only the environment reaches the collector with it.
    private const string HeapBudget = "DOTNET_GCgen0size=40000";

    /// <summary>Starts it and returns when it executes.</summary>
    /// <returns>Its process id.</returns>
    public static async Task<int> StartAsync(ShimFlags flags, Fd listener)
    {
        using Fd nothing = Fd.Open("/dev/null", OpenFlags.ReadWrite);
        using ProcessProgram program = new ProcessProgram()
            .SetSession()
            .Mount(null, "/", null, (ulong)(MountFlags.Slave | MountFlags.Recursive))
            .Duplicate(nothing, 0)
            .Duplicate(nothing, 1)
            .Duplicate(nothing, 2)
            .Duplicate(listener, ListenerFd)
            .Execute(Environment.ProcessPath!, Arguments(flags), EnvironmentBlock());
        using LaunchedProcess daemon = ProcessLauncher.Start(program, new LaunchOptions { Namespaces = CloneFlags.NewNs, ShareMemory = true });
        await daemon.Executed.ConfigureAwait(false);
        return daemon.Pid;
    }

    /// <summary>Notes the daemon's process id in the bundle, where containerd's tools look for it.</summary>
    public static void WritePid(string bundle, int pid) =>
        File.WriteAllText(Path.Combine(bundle, "shim.pid"), pid.ToString(CultureInfo.InvariantCulture));

    private static List<string> Arguments(ShimFlags flags)
    {
        List<string> arguments =
            [Environment.ProcessPath!, "-namespace", flags.Namespace, "-address", flags.Address, "-publish-binary", flags.PublishBinary, "-id", flags.Id];
        if (flags.Debug)
        {
            arguments.Add("-debug");
        }

        return arguments;
    }

    private static List<string> EnvironmentBlock()
    {
        var block = new List<string> { HeapBudget };
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable.Key is string name and not "DOTNET_GCgen0size")
            {
                block.Add($"{name}={variable.Value}");
            }
        }

        return block;
    }
}
