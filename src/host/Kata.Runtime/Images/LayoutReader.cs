using System.Runtime.InteropServices;

using Kata.Oci.Images;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Follows an OCI image layout from its index to configuration and layers, and checks every digest on the way.</summary>
internal sealed class LayoutReader(IImageFiles files, ImageLimits limits)
{
    private const int MaxDepth = 4;
    private const string NameAnnotation = "org.opencontainers.image.ref.name";
    private const string FullNameAnnotation = "io.containerd.image.name";

    private int _seen;

    /// <summary>Name of this machine's processor as images have it.</summary>
    public static string Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Reads the image for this machine.</summary>
    /// <param name="reference">Its name; null if there is only one.</param>
    /// <exception cref="KataException">NotFound: no such image, or none for this machine. InvalidArgument: damaged, or several to choose from.</exception>
    public LocalImage Read(string? reference)
    {
        ImageIndex index = ImageJson.ReadIndex(BlobReader.ReadWhole(files, "index.json"), $"{files.Name}: index.json");
        var named = index.Manifests.Where(m => reference is null || IsNamed(m, reference)).ToList();
        if (named.Count == 0)
        {
            throw KataException.NotFound(reference is null
                ? $"{files.Name} has no image in it"
                : $"{files.Name} has no image \"{Printable.Escape(reference, maxLength: 128)}\"; it has: {Names(index.Manifests)}");
        }

        var fitting = new List<Descriptor>();
        Collect(named, fitting, depth: 0);
        var distinct = fitting.DistinctBy(m => m.Digest).ToList();
        return distinct.Count switch
        {
            1 => ReadManifest(distinct[0]),
            0 => throw KataException.NotFound($"{files.Name} has no image for linux/{Architecture}, but for: {Platforms(named)}"),
            _ => throw KataException.Invalid($"{files.Name} has several images; name one as {files.Name}:NAME, from: {Names(index.Manifests)}"),
        };
    }

    private void Collect(IEnumerable<Descriptor> descriptors, List<Descriptor> fitting, int depth)
    {
        foreach (Descriptor descriptor in descriptors)
        {
            if (++_seen > limits.Manifests || depth > MaxDepth)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"{files.Name} has more than {limits.Manifests} manifests, or indexes nested deeper than {MaxDepth}");
            }

            if (MediaTypes.IsIndex(descriptor.MediaType))
            {
                ImageIndex nested = ImageJson.ReadIndex(BlobReader.ReadVerified(files, descriptor), $"{files.Name}: index {descriptor.Digest}");
                Collect(nested.Manifests, fitting, depth + 1);
            }
            else if (MediaTypes.IsManifest(descriptor.MediaType)
                && (descriptor.Platform is null || (descriptor.Platform.Os == "linux" && descriptor.Platform.Architecture == Architecture)))
            {
                fitting.Add(descriptor);
            }
        }
    }

    private LocalImage ReadManifest(Descriptor descriptor)
    {
        string name = $"{files.Name}: manifest {descriptor.Digest}";
        ImageManifest manifest = ImageJson.ReadManifest(BlobReader.ReadVerified(files, descriptor), name);
        if (manifest.Config is not { } configDescriptor)
        {
            throw KataException.Invalid($"{name}: $.config: is missing");
        }

        ImageConfig config = ImageJson.ReadConfig(BlobReader.ReadVerified(files, configDescriptor), $"{files.Name}: configuration {configDescriptor.Digest}");
        IReadOnlyList<Digest> diffIds = ConfigCheck.DiffIds(config, manifest.Layers.Count, files.Name, limits);
        var layers = new List<ImageLayer>();
        for (int i = 0; i < manifest.Layers.Count; i++)
        {
            Descriptor layer = manifest.Layers[i];
            if (MediaTypes.LayerCompressionOf(layer.MediaType) is null)
            {
                throw KataException.Unsupported($"{name}: $.layers[{i}].mediaType: \"{Printable.Escape(layer.MediaType, maxLength: 128)}\" is not supported");
            }

            layers.Add(new ImageLayer(BlobReader.PathOf(layer.Digest, $"{name}: $.layers[{i}]"), layer.Digest, layer.Size, diffIds[i]));
        }

        return new LocalImage(files, config, layers);
    }

    private static bool IsNamed(Descriptor descriptor, string reference) =>
        (descriptor.Annotations.TryGetValue(NameAnnotation, out string? name) && name == reference)
        || (descriptor.Annotations.TryGetValue(FullNameAnnotation, out string? full) && full == reference);

    private static string Names(IEnumerable<Descriptor> descriptors)
    {
        string[] names = [.. descriptors.Select(d => d.Annotations.TryGetValue(NameAnnotation, out string? name) ? Printable.Escape(name, maxLength: 128) : "(no name)").Take(20)];
        return names.Length == 0 ? "nothing" : string.Join(", ", names);
    }

    private static string Platforms(IEnumerable<Descriptor> descriptors)
    {
        string[] names = [.. descriptors.Where(d => d.Platform is not null)
            .Select(d => Printable.Escape($"{d.Platform!.Os}/{d.Platform.Architecture}", maxLength: 64)).Distinct().Take(20)];
        return names.Length == 0 ? "other platforms" : string.Join(", ", names);
    }
}
