namespace Kata.Runtime.Images;

/// <summary>The files of an image, wherever they are: a directory or an archive. Nothing in them is trusted.</summary>
internal interface IImageFiles : IDisposable
{
    /// <summary>What the user called it, for errors.</summary>
    string Name { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">Relative, with slashes.</param>
    /// <returns>Null if there is no such file.</returns>
    Stream? TryOpen(string path);
}
