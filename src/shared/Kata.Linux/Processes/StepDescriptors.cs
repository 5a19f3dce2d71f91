namespace Kata.Linux.Processes;

/// <summary>
/// The descriptors that a program mentions, held open while the child is made, under numbers that no duplication of the program overwrites.
/// </summary>
internal sealed class StepDescriptors : IDisposable
{
    private readonly List<Fd> _held = [];
    private readonly List<Fd> _moved = [];
    private readonly int[] _numbers;

    internal StepDescriptors(ProcessProgram program)
    {
        _numbers = new int[program.Steps.Count];
        try
        {
            for (int i = 0; i < _numbers.Length; i++)
            {
                _numbers[i] = program.Steps[i].Descriptor is { } fd ? Hold(fd, program.HighestTarget) : -1;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>For each step the number of its descriptor, or -1.</summary>
    internal ReadOnlySpan<int> Numbers => _numbers;

    /// <inheritdoc/>
    public void Dispose()
    {
        _held.ForEach(fd => fd.DangerousRelease());
        _moved.ForEach(fd => fd.Dispose());
        _held.Clear();
        _moved.Clear();
    }

    private int Hold(Fd fd, int highestTarget)
    {
        bool held = false;
        fd.DangerousAddRef(ref held); // throws if it was closed
        _held.Add(fd);
        Fd usable = ProcessLauncher.AboveTargets(fd, highestTarget);
        if (!ReferenceEquals(usable, fd))
        {
            _moved.Add(usable);
        }

        return usable.Value;
    }
}
