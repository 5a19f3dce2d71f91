using System.Runtime.InteropServices;
using Kata.Linux.Processes;

namespace Kata.Linux.AbiTests;

/// <summary>The machine code in the sources against what the assembler makes of its source, and arm64's tried out in an emulator.</summary>
public sealed class ChildInterpreterTests
{
    [Fact]
    public async Task X64_Assembled_IsTheCodeInTheSources() =>
        Assert.Equal(await AssembleAsync("child-interpreter-x64.s", string.Empty), ChildInterpreterX64.Code.ToArray());

    [Fact]
    public async Task Arm64_Assembled_IsTheCodeInTheSources()
    {
        Assert.SkipUnless(Command.Exists("aarch64-linux-gnu-as"), "no assembler for arm64 (binutils-aarch64-linux-gnu)");

        Assert.Equal(await AssembleAsync("child-interpreter-arm64.s", "aarch64-linux-gnu-"), MemoryMarshal.AsBytes(ChildInterpreterArm64.Code).ToArray());
    }

    [Fact]
    public async Task Arm64_InAnEmulator_InterpretsSteps()
    {
        Assert.SkipUnless(
            Command.Exists("aarch64-linux-gnu-gcc") && Command.Exists("qemu-aarch64-static"), "no compiler or emulator for arm64 (gcc-aarch64-linux-gnu, qemu-user-static)");
        string directory = Directory.CreateTempSubdirectory("kata-abi-").FullName;
        try
        {
            string program = Path.Combine(directory, "interpreter");
            await Command.RunAsync("aarch64-linux-gnu-gcc", "-static", "-Wall", "-Werror", "-o", program, Source("interpreter-test.c"), Source("child-interpreter-arm64.s"));

            Assert.Equal("ok\n", await Command.RunAsync("qemu-aarch64-static", program));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Source(string name) => Path.Combine(AppContext.BaseDirectory, "Assembly", name);

    private static async Task<byte[]> AssembleAsync(string source, string prefix)
    {
        string directory = Directory.CreateTempSubdirectory("kata-abi-").FullName;
        try
        {
            string binary = Path.Combine(directory, "code");
            await Command.RunAsync(prefix + "as", "-o", binary + ".o", Source(source));
            await Command.RunAsync(prefix + "objcopy", "-O", "binary", "-j", ".text", binary + ".o", binary);
            return await File.ReadAllBytesAsync(binary, TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
