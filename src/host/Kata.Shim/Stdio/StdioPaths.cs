namespace Kata.Shim.Stdio;

/// <summary>Where a process's streams go on the host, as containerd names them: FIFOs, or <c>file://</c> for output; empty for none.</summary>
/// <param name="Stdin">Standard input.</param>
/// <param name="Stdout">Standard output.</param>
/// <param name="Stderr">Standard error; unused with a terminal.</param>
/// <param name="Terminal">Whether the process has a terminal.</param>
internal sealed record StdioPaths(string Stdin, string Stdout, string Stderr, bool Terminal);
