using Kata.Testing.Builds;

namespace Kata.Client.Tests;

/// <summary>What these tests need from the machine and the build.</summary>
internal static class Prerequisites
{
    /// <summary>What is missing, or null.</summary>
    internal static string? Missing()
    {
        if (Environment.UserName != "root")
        {
            return "containerd needs root";
        }

        foreach (string program in (string[])["containerd", "ctr", "script"])
        {
            if (!Find(program))
            {
                return $"{program} is not in PATH; run 'make test', which installs it";
            }
        }

        try
        {
            string[] needed = [BuildOutput.Kernel, BuildOutput.Initrd, BuildOutput.ImageArchive, BuildOutput.PauseArchive];
            return Runtimes.IsKata && !File.Exists(BuildOutput.Shim) ? "no shim" : needed.FirstOrDefault(path => !File.Exists(path));
        }
        catch (FileNotFoundException error)
        {
            return error.Message;
        }
    }

    private static bool Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));
}
