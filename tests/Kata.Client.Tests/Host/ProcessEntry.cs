namespace Kata.Client.Tests.Host;

/// <summary>One process of the machine.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="Name">Last part of the path it was started by.</param>
/// <param name="CommandLine">All its arguments, separated by spaces.</param>
internal sealed record ProcessEntry(int Pid, string Name, string CommandLine);
