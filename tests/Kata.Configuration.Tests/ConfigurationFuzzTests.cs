using Kata.Configuration.Fuzz;
using Kata.Testing.Fuzzing;

namespace Kata.Configuration.Tests;

/// <summary>Whatever bytes a configuration file is: it loads, or the error explains.</summary>
public sealed class ConfigurationFuzzTests
{
    private static readonly string[] Pieces =
    [
        "[", "]", "[[", "{", "}", "\"", "'", "\"\"\"", "=", "\n", "#", ",", ".", "\\u0000", "\\", "\0", "\u0085", "\ud83d\ude00", "-1", "1e400", "0x7fffffffffffffff",
        "99999999999999999999", "nan", "true", "[hypervisor.qemu]", "[hypervisor.qemu.x]", "hypervisor.qemu.kernel", "default_vcpus = ", "a = ", "(", "(?=a)", "\\1",
    ];

    // The template is long.
    [Fact]
    public void Run_CorpusAndMutants_LoadsOrExplains() => FuzzRun.Over(
        FuzzRun.Corpus(Path.Combine(AppContext.BaseDirectory, "corpus")),
        ConfigurationFuzzTarget.Run,
        new FuzzOptions { MutantsPerSeed = 150, Pieces = Pieces, Window = 1500 });
}
