using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Finds out what the user's path leads to.</summary>
internal static class ImageOpener
{
    private const string LayoutFile = "oci-layout";
    private const string IndexFile = "index.json";
    private const string DockerManifest = "manifest.json";

    /// <summary>Opens an image: a layout directory, or an archive of one, or what docker save wrote.</summary>
    /// <param name="source">What the user gave.</param>
    /// <param name="limits">What the image may ask for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if the path is a directory that is no image: an unpacked root file system.</returns>
    /// <exception cref="KataException">NotFound: there is nothing. InvalidArgument: not an image, or a damaged one.</exception>
    public static LocalImage? Open(ImageSource source, ImageLimits limits, CancellationToken cancellationToken)
    {
        if (Directory.Exists(source.Path))
        {
            return File.Exists(Path.Combine(source.Path, LayoutFile)) || File.Exists(Path.Combine(source.Path, IndexFile))
                ? Read(new DirectoryFiles(source.Path), source.Reference, limits)
                : null;
        }

        try
        {
            return Read(ArchiveFiles.Open(source.Path, limits, cancellationToken), source.Reference, limits);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new KataException(ErrorCode.PermissionDenied, $"{source.Path} cannot be read: {error.Message}", error);
        }
    }

    private static LocalImage Read(IImageFiles files, string? reference, ImageLimits limits)
    {
        try
        {
            // Newer versions of docker save write both; the layout has digests for everything.
            if (Has(files, IndexFile))
            {
                return new LayoutReader(files, limits).Read(reference);
            }

            return Has(files, DockerManifest)
                ? new DockerArchiveReader(files, limits).Read(reference)
                : throw KataException.Invalid($"{files.Name} is no image: it has neither {IndexFile} nor {DockerManifest}");
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static bool Has(IImageFiles files, string path)
    {
        using Stream? file = files.TryOpen(path);
        return file is not null;
    }
}
