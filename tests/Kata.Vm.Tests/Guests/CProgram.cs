using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>Small programs for the inside of containers, compiled from the sources beside this file.</summary>
internal static class CProgram
{
    /// <summary>Compiles one into a container's root file system, as <c>/bin/NAME</c>.</summary>
    public static async Task AddAsync(AgentVm vm, string name)
    {
        string program = Path.Combine(vm.HostDirectory, name);
        string source = Path.Combine(AppContext.BaseDirectory, "Guests", name + ".c");
        (await Command.RunAsync("gcc", ["-static", "-O1", "-Wall", "-o", program, source], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
        vm.Files.File($"{AgentVm.Rootfs[1..]}/bin/{name}", File.ReadAllBytes(program), executable: true);
    }
}
