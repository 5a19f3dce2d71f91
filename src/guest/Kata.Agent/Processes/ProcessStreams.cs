using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Primitives;

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

    /// <summary>What moves those streams that have connections of their own; null if none has.</summary>
    public StreamCarrier? Carrier { get; private set; }

    /// <summary>Standard input for a call of the service.</summary>
    /// <exception cref="KataException">FailedPrecondition: it has a connection of its own.</exception>
    public InputStream RequireInput() => Carrier is { HasInput: true } ? throw Carried("stdin") : Input;

    /// <summary>Standard output for a call of the service.</summary>
    /// <exception cref="KataException">FailedPrecondition: it has a connection of its own.</exception>
    public OutputStream RequireOutput() => Carrier is { HasOutput: true } ? throw Carried("stdout") : Output;

    /// <summary>Standard error for a call of the service; null with a terminal.</summary>
    /// <exception cref="KataException">FailedPrecondition: it has a connection of its own.</exception>
    public OutputStream? RequireError() => Carrier is { HasError: true } ? throw Carried("stderr") : Error;

    /// <summary>Begins to move streams from and to connections of their own. Once at most, before anybody else knows the process.</summary>
    /// <param name="connections">The connections; taken over.</param>
    /// <param name="outputEnded">Called when an output has come to its end.</param>
    public void Carry(StreamConnections connections, Action outputEnded)
    {
        if (connections.Input is not null || connections.Output is not null || connections.Error is not null)
        {
            Carrier = new StreamCarrier(this, connections, outputEnded);
        }
    }

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
        Carrier?.Dispose();
        Input.Dispose();
        Output.Dispose();
        Error?.Dispose();
        Terminal?.Dispose();
    }

    private static KataException Carried(string stream) => new(ErrorCode.FailedPrecondition, $"{stream} has a vsock connection of its own");
}
