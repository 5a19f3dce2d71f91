namespace Kata.Agent.Devices;

/// <summary>Looks for something once.</summary>
/// <param name="missing">What is not there yet, in words, when the result is null.</param>
/// <returns>What was found, or null.</returns>
internal delegate T? Look<out T>(out string missing)
    where T : class;
