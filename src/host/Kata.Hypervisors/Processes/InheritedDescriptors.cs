using Kata.Linux;
using Kata.Linux.Processes;

namespace Kata.Hypervisors.Processes;

/// <summary>The descriptors a new process gets beyond the standard three, with the numbers they have there. Owns them.</summary>
internal sealed class InheritedDescriptors : IDisposable
{
    private const int First = 3;
    private readonly List<Fd> _descriptors = [];

    /// <summary>Adds a descriptor.</summary>
    /// <returns>Its number in the new process.</returns>
    public int Add(Fd descriptor)
    {
        _descriptors.Add(descriptor);
        return First + _descriptors.Count - 1;
    }

    /// <summary>Adds the steps that put the descriptors in place.</summary>
    public void AddTo(ProcessProgram program)
    {
        for (int i = 0; i < _descriptors.Count; i++)
        {
            program.Duplicate(_descriptors[i], First + i);
        }
    }

    /// <summary>Closes the parent's copies.</summary>
    public void Dispose()
    {
        _descriptors.ForEach(d => d.Dispose());
        _descriptors.Clear();
    }
}
