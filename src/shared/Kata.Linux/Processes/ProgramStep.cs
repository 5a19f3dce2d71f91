namespace Kata.Linux.Processes;

/// <summary>One system call of a <see cref="ProcessProgram"/>, before descriptors have numbers and slots have addresses.</summary>
/// <param name="Name">What it does, for error messages: "mount /proc".</param>
/// <param name="Number">The number of the call.</param>
internal sealed record ProgramStep(string Name, long Number)
{
    /// <summary>The arguments, as many as the call has.</summary>
    internal required long[] Arguments { get; init; }

    /// <summary>A descriptor of the parent that stands for the argument at <see cref="DescriptorArgument"/>.</summary>
    internal Fd? Descriptor { get; init; }

    /// <summary>Which argument <see cref="Descriptor"/> is.</summary>
    internal int DescriptorArgument { get; init; }

    /// <summary>Whether the first argument is the descriptor that reports to the parent.</summary>
    internal bool ToReport { get; init; }

    /// <summary>The slot that gives the first argument; -1 for none.</summary>
    internal int LoadSlot { get; init; } = -1;

    /// <summary>The slot that takes the result; -1 for none.</summary>
    internal int StoreSlot { get; init; } = -1;

    /// <summary>The smallest result that is success.</summary>
    internal long Minimum { get; init; }

    /// <summary>The errnos that do not matter.</summary>
    internal Errno[] Ignore { get; init; } = [];

    /// <summary>Whether success replaces the program.</summary>
    internal bool Executes { get; init; }
}
