namespace Kata.Testing.Agents;

/// <summary>What a process in a container did.</summary>
/// <param name="Code">Its exit code as a shell knows it.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ContainerRun(int Code, string Output, string Error);
