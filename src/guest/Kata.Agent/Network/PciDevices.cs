using System.Globalization;
using Kata.Primitives;

namespace Kata.Agent.Network;

/// <summary>PCI functions by the path from the root bus, as hosts write it: <c>02/01</c> is slot 1 behind the bridge in slot 2.</summary>
internal static class PciDevices
{
    private const string Root = "/sys/devices/pci0000:00";
    private const int MaxSteps = 16;

    /// <summary>The sysfs directory of a function; null while there is none.</summary>
    /// <exception cref="KataException">InvalidArgument: the path is malformed.</exception>
    public static string? DirectoryOf(string path)
    {
        string[] steps = path.Split('/');
        string directory = Root;
        string bus = "0000:00";
        for (int i = 0; i < steps.Length; i++)
        {
            string function = RequireStep(steps[i], path, steps.Length);
            if (i > 0)
            {
                string buses = directory + "/pci_bus";
                if (!Directory.Exists(buses) || Directory.EnumerateDirectories(buses).FirstOrDefault() is not { } behind)
                {
                    return null;
                }

                bus = Path.GetFileName(behind);
            }

            directory = $"{directory}/{bus}:{function}";
        }

        return Directory.Exists(directory) ? directory : null;
    }

    // SS or SS.F, in hexadecimal.
    private static string RequireStep(string step, string path, int steps)
    {
        int dot = step.IndexOf('.', StringComparison.Ordinal);
        string slotText = dot < 0 ? step : step[..dot];
        string functionText = dot < 0 ? "0" : step[(dot + 1)..];
        bool slotIsNumber = byte.TryParse(slotText, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte slot);
        bool functionIsNumber = byte.TryParse(functionText, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte function);
        bool valid = slotIsNumber && functionIsNumber && slotText.Length <= 2 && functionText.Length == 1 && slot < 32 && function < 8 && steps <= MaxSteps;
        return valid ? $"{slot:x2}.{function}" : throw KataException.Invalid($"'{Printable.Escape(path, 128)}' is no PCI path such as 02/01");
    }
}
