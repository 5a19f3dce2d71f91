using System.Text;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Guest;

/// <summary>Loads modules into the guest's kernel with the modprobe of the guest image.</summary>
internal sealed class KernelModules(GuestTool tools)
{
    private const int MaxModules = 128;
    private const int MaxParameters = 64;
    private const int MaxText = 1024;
    private static readonly ToolLimits Limits = new(TimeSpan.FromSeconds(30), 64 * 1024);

    /// <summary>Checks a list, before anything is loaded.</summary>
    /// <exception cref="KataException">InvalidArgument: a name or parameter makes no sense.</exception>
    public static void Validate(IReadOnlyList<KernelModule> modules)
    {
        if (modules.Count > MaxModules)
        {
            throw KataException.Invalid($"{modules.Count} kernel modules; the most is {MaxModules}");
        }

        foreach (KernelModule module in modules)
        {
            bool plain = module.Name.Length is > 0 and <= 64 && module.Name[0] != '-' && module.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
            if (!plain)
            {
                throw KataException.Invalid($"'{Printable.Escape(module.Name, 64)}' is no name of a kernel module: use letters, digits, '_' and '-'");
            }

            if (module.Parameters.Count > MaxParameters || module.Parameters.Any(text => text.Length is 0 or > MaxText || text[0] == '-' || text.Any(char.IsControl)))
            {
                throw KataException.Invalid($"parameters of kernel module {module.Name}: give at most {MaxParameters} of the form NAME=VALUE");
            }
        }
    }

    /// <summary>Loads them in order. One that is in the kernel already is no error; those loaded before one that fails stay, as others may use them by then.</summary>
    /// <exception cref="KataException">Unsupported: the guest image has no modprobe. FailedPrecondition: modprobe failed; the message has its words.</exception>
    public async Task LoadAsync(IReadOnlyList<KernelModule> modules, CancellationToken cancellationToken)
    {
        foreach (KernelModule module in modules)
        {
            bool present = module.Parameters.Count == 0 && Directory.Exists($"/sys/module/{module.Name.Replace('-', '_')}");
            if (!present)
            {
                await LoadAsync(module, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task LoadAsync(KernelModule module, CancellationToken cancellationToken)
    {
        string modprobe = GuestTool.Require("modprobe", $"kernel module {module.Name} cannot be loaded");
        (ExitStatus status, byte[] output, string errors) =
            await tools.RunAsync(modprobe, ["-v", module.Name, .. module.Parameters], default, Limits, cancellationToken).ConfigureAwait(false);
        if (status.ShellCode != 0)
        {
            string said = Printable.Clean(Encoding.UTF8.GetString(output).Trim(), MaxText);
            throw new KataException(ErrorCode.FailedPrecondition, $"modprobe {module.Name} failed with {status.ShellCode}: {errors} {said}".TrimEnd());
        }
    }
}
