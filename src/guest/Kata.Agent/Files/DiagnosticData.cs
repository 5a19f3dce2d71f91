using System.Text;
using Kata.Agent.Containers;
using Kata.Agent.Storage;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Files;

/// <summary>What a container leaves behind for the one who asks why it ended.</summary>
internal static class DiagnosticData
{
    private const int MaxLength = 4096; // as Kubernetes cuts it

    /// <summary>Reads it.</summary>
    /// <param name="request">What kind of data, and of which container.</param>
    /// <param name="find">Finds the container.</param>
    /// <exception cref="KataException">InvalidArgument: no such kind. FailedPrecondition: the container has none. Others as <paramref name="find"/>.</exception>
    public static GetDiagnosticDataResponse Read(GetDiagnosticDataRequest request, Func<string, Container> find)
    {
        if (request.LogType != "termination_log")
        {
            throw KataException.Invalid($"diagnostic data '{Printable.Escape(request.LogType, 64)}': there is only termination_log");
        }

        Container container = find(request.ContainerId);
        return new GetDiagnosticDataResponse { Data = ReadTail(SourceOf(container.Id, container.Facts)) };
    }

    /// <summary>The last 4 KiB of a file in the agent's tree; empty when there is no file.</summary>
    internal static string ReadTail(string path)
    {
        string relative = GuestPaths.RequireBelowRoot(path);
        using ConfinedDirectory root = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
        using Fd? handle = root.TryOpen(relative, OpenFlags.Path);
        if (handle is null)
        {
            return string.Empty;
        }

        using Fd file = root.OpenRegular(relative, OpenFlags.ReadOnly);
        byte[] tail = new byte[MaxLength];
        int count = FdIo.ReadAt(file, tail, Math.Max(FileAt.Status(file).Size - MaxLength, 0));
        return Encoding.UTF8.GetString(tail, 0, count);
    }

    private static string SourceOf(string id, ContainerFacts facts)
    {
        if (facts.TerminationLog is not { } path)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"container {id} has no annotation {ContainerFacts.TerminationPath}");
        }

        return facts.TerminationLogSource
            ?? throw new KataException(ErrorCode.FailedPrecondition, $"container {id} has nothing mounted at {Printable.Escape(path, 256)}");
    }
}
