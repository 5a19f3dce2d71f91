using Kata.Linux;

namespace Kata.Agent.Processes;

/// <summary>The host's side of a process's standard streams.</summary>
internal sealed class ProcessStreams : IDisposable
{
    /// <summary>Streams over three pipes.</summary>
    public ProcessStreams(InputStream input, OutputStream output, OutputStream error)
    {
        Input = input;
        Output = output;
        Error = error;
    }

    /// <summary>Streams over a terminal, which has one output.</summary>
    /// <param name="input">What types.</param>
    /// <param name="output">What shows, errors included: a second reader would take parts of it away.</param>
    /// <param name="terminal">The master, for its size; taken over.</param>
    public ProcessStreams(InputStream input, OutputStream output, Fd terminal)
    {
        Input = input;
        Output = output;
        Terminal = terminal;
    }

    /// <summary>Standard input.</summary>
    public InputStream Input { get; }

    /// <summary>Standard output.</summary>
    public OutputStream Output { get; }

    /// <summary>Standard error; null with a terminal.</summary>
    public OutputStream? Error { get; }

    /// <summary>The master of the terminal; null with pipes.</summary>
    public Fd? Terminal { get; }

    /// <summary>Whether both outputs came to their end.</summary>
    public bool HaveEnded => Output.HasEnded && (Error is null || Error.HasEnded);

    /// <summary>Completes when the host has fetched all output that it began to fetch.</summary>
    public Task Fetched => Error is null ? Output.Fetched : Task.WhenAll(Output.Fetched, Error.Fetched);

    /// <summary>The process is gone.</summary>
    public void ProcessExited()
    {
        Output.ProcessExited();
        Error?.ProcessExited();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
        Error?.Dispose();
        Terminal?.Dispose();
    }
}
