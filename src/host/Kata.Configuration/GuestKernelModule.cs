namespace Kata.Configuration;

/// <summary>A kernel module that the guest loads when its sandbox is set up.</summary>
/// <param name="Name">Its name: letters, digits, '-' and '_'.</param>
/// <param name="Parameters">What it is given, in order.</param>
public sealed record GuestKernelModule(string Name, IReadOnlyList<string> Parameters);
