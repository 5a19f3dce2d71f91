using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>Small programs for the guest, compiled from the sources beside this file.</summary>
internal static class CProgram
{
    /// <summary>Compiles one.</summary>
    /// <param name="vm">The guest, before its boot.</param>
    /// <param name="name">The source's name without its end.</param>
    /// <param name="place">Where it is in the guest, without a slash in front; null for <c>/bin/NAME</c> of the containers.</param>
    public static async Task AddAsync(AgentVm vm, string name, string? place = null)
    {
        string program = Path.Combine(vm.HostDirectory, name);
        string source = Path.Combine(AppContext.BaseDirectory, "Guests", name + ".c");
        (await Command.RunAsync("gcc", ["-static", "-O1", "-Wall", "-Werror", "-o", program, source], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
        vm.Files.File(place ?? $"{AgentVm.Rootfs[1..]}/bin/{name}", File.ReadAllBytes(program), executable: true);
    }
}
