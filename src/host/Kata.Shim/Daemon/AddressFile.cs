using Kata.Primitives;

namespace Kata.Shim.Daemon;

/// <summary>The file <c>address</c> in a bundle: tells containerd, after its own restart, where the shim listens.</summary>
internal static class AddressFile
{
    private const string Name = "address";
    private const int MaxBytes = 4096;

    /// <summary>Writes the address so that a reader sees all of it or none.</summary>
    public static void Write(string bundle, string address)
    {
        string temporary = Path.Combine(bundle, ".address");
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(address));
        }

        File.Move(temporary, Path.Combine(bundle, Name), overwrite: true);
    }

    /// <summary>The address written in a bundle; null when there is none.</summary>
    /// <exception cref="KataException">InvalidArgument: the file holds something too long for an address.</exception>
    public static string? Read(string bundle)
    {
        var file = new FileInfo(Path.Combine(bundle, Name));
        if (!file.Exists)
        {
            return null;
        }

        return file.Length <= MaxBytes
            ? File.ReadAllText(file.FullName).Trim()
            : throw KataException.Invalid($"{file.FullName} has {file.Length} bytes, which is no socket address");
    }
}
