using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Oci.Images;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Images;

/// <summary>Unpacked layers on disk, shared by all images and containers, and the private directories of running containers.</summary>
/// <remarks>
/// <code>
/// layers/ALGORITHM-HEX   one layer on top of those below it, named after the OCI chain id; appears by rename, never changes
/// containers/ID          a running container's own files, locked (flock) by its process
/// tmp/NAME               a layer being unpacked, locked likewise
/// lock, unpack.lock      held for a moment, and while layers are unpacked
/// </code>
/// Any number of processes may use a store at the same time, and be killed at any moment. Mounts are made in the caller's mount namespace, which
/// should be a private one.
/// </remarks>
public sealed class ImageStore
{
    /// <summary>Environment variable that names another directory.</summary>
    public const string DirectoryVariable = "KATA_IMAGE_STORE";

    private const string UnpackLock = "unpack.lock";
    private const string StandardDirectory = "/var/lib/kata-containers/images";

    private readonly string _directory;
    private readonly ImageLimits _limits;
    private readonly ILogger _logger;

    /// <summary>Opens a store; directories are made when they are needed.</summary>
    /// <param name="directory">The store; null for the usual one.</param>
    /// <param name="limits">What images may ask for; null for the default.</param>
    /// <param name="logger">The log.</param>
    public ImageStore(string? directory, ImageLimits? limits, ILogger logger)
    {
        _directory = Path.GetFullPath(directory ?? DefaultDirectory);
        _limits = limits ?? ImageLimits.Default;
        _logger = logger;
    }

    /// <summary>The directory that is used when none is given.</summary>
    public static string DefaultDirectory => Environment.GetEnvironmentVariable(DirectoryVariable) is { Length: > 0 } named ? named : StandardDirectory;

    private string Layers => Path.Combine(_directory, "layers");

    private string Containers => Path.Combine(_directory, "containers");

    private string Temporary => Path.Combine(_directory, "tmp");

    /// <summary>Makes an image ready: unpacks the layers that are not there yet, after their digests were checked.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="progress">Told about each layer that has to be unpacked; may be null.</param>
    /// <param name="cancellationToken">Gives up; what is half unpacked is removed.</param>
    /// <exception cref="KataException">InvalidArgument: no image, a damaged or a hostile one. ResourceExhausted: it asks for too much, or the disk is full.</exception>
    public async Task<PreparedImage> PrepareAsync(ImageSource source, IProgress<ImageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        using LocalImage? image = await Task.Run(() => ImageOpener.Open(source, _limits, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (image is null)
        {
            return new PreparedImage(source.Path, [Path.GetFullPath(source.Path)], new ContainerDefaults(), held: []);
        }

        string[] directories = [.. ChainIds(image.Layers).Select(DirectoryOf)];
        if (LayerPins.TryHold(directories) is not { } held)
        {
            MakeDirectories();
            using FileLock unpacking = await LockAsync(UnpackLock, cancellationToken).ConfigureAwait(false);
            await Task.Run(() => UnpackMissing(image, directories, progress, cancellationToken), cancellationToken).ConfigureAwait(false);

            // Layers are removed under the same lock.
            held = LayerPins.TryHold(directories) ?? throw new KataException(ErrorCode.Internal, $"a layer of {source.Path} is gone from {Layers} although it was just unpacked");
        }

        return new PreparedImage(source.Path, directories, image.Config.Config ?? new ContainerDefaults(), held);
    }

    /// <summary>Removes all layers that no container uses at the moment, and what killed processes left of unpacking.</summary>
    /// <param name="cancellationToken">Gives up between two layers.</param>
    /// <exception cref="KataException">PermissionDenied: the store is somebody else's.</exception>
    public async Task<PruneResult> PruneAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Layers))
        {
            return new PruneResult(0, default, 0);
        }

        using FileLock unpacking = await LockAsync(UnpackLock, cancellationToken).ConfigureAwait(false);
        foreach (ScratchDirectory stale in FindStale(Temporary))
        {
            stale.Dispose();
        }

        return await Task.Run(() => Prune(cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reserves the place of a container, so that what a killed process leaves of it is found later.</summary>
    /// <param name="id">The container; a valid id.</param>
    /// <exception cref="KataException">AlreadyExists: there is such a container.</exception>
    public ContainerRoot CreateRoot(string id)
    {
        Identifiers.Require(id, "container id");
        MakeDirectories();
        return new ContainerRoot(MakeScratch(Path.Combine(Containers, id)));
    }

    /// <summary>Removes what killed processes left.</summary>
    /// <param name="removeContainer">Removes what is outside the store of a container that lost its process.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task SweepAsync(Func<string, Task> removeContainer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(removeContainer);
        foreach (ScratchDirectory stale in FindStale(Temporary))
        {
            stale.Dispose();
        }

        foreach (ScratchDirectory stale in FindStale(Containers))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string id = Path.GetFileName(stale.Path);
            await Teardown.RunAsync(_logger, $"remove what is left of container {id}", async () => await removeContainer(id).ConfigureAwait(false)).ConfigureAwait(false);
            stale.Dispose();
        }
    }

    private static IEnumerable<Digest> ChainIds(IReadOnlyList<ImageLayer> layers)
    {
        Digest chain = default;
        foreach (ImageLayer layer in layers)
        {
            chain = chain.IsEmpty
                ? layer.DiffId
                : Digest.FromSha256(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"{chain} {layer.DiffId}")));
            yield return chain;
        }
    }

    private PruneResult Prune(CancellationToken cancellationToken)
    {
        (int removed, long freed, int inUse) = (0, 0, 0);
        foreach (string layer in Directory.EnumerateDirectories(Layers))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using FileLock? held = FileLock.TryAcquireDirectory(layer);
            if (held is null)
            {
                inUse++;
                continue;
            }

            freed += TreeSize.Of(layer);

            // Out of sight at once, so that nobody finds half a layer; a process killed now leaves it where the next one sweeps.
            using ScratchDirectory scratch = MakeScratch(Path.Combine(Temporary, Guid.NewGuid().ToString("N")));
            Directory.Move(layer, Path.Combine(scratch.Path, "layer"));
            removed++;
        }

        return new PruneResult(removed, new ByteSize(freed), inUse);
    }

    private string DirectoryOf(Digest chain) => Path.Combine(Layers, $"{chain.Algorithm}-{chain.Hex}");

    private void UnpackMissing(LocalImage image, string[] directories, IProgress<ImageProgress>? progress, CancellationToken cancellationToken)
    {
        for (int i = 0; i < directories.Length; i++)
        {
            if (Directory.Exists(directories[i]))
            {
                continue;
            }

            progress?.Report(new ImageProgress(i + 1, directories.Length));
            using ScratchDirectory scratch = MakeScratch(Path.Combine(Temporary, Guid.NewGuid().ToString("N")));
            var job = new LayerJob(image.Files, image.Layers[i], directories[..i], _limits);
            job.Run(scratch, directories[i], cancellationToken);
        }
    }

    private ScratchDirectory MakeScratch(string path)
    {
        using FileLock store = FileLock.Acquire(Path.Combine(_directory, "lock"));
        return ScratchDirectory.Create(path, _logger);
    }

    private List<ScratchDirectory> FindStale(string parent)
    {
        if (!Directory.Exists(parent))
        {
            return [];
        }

        using FileLock store = FileLock.Acquire(Path.Combine(_directory, "lock"));
        return [.. Directory.EnumerateDirectories(parent).Select(path => ScratchDirectory.TryTakeOver(path, _logger)).OfType<ScratchDirectory>()];
    }

    private void MakeDirectories()
    {
        foreach (string directory in (string[])[_directory, Layers, Containers, Temporary])
        {
            try
            {
                // Private: images hold set-id programs and devices that no user of this host shall reach.
                StoreDirectory.Make(directory);
            }
            catch (LinuxException error)
            {
                throw new KataException(
                    error.Code, $"the image store {_directory} cannot be made: {error.Message}; run as root, or name another one with --image-store or {DirectoryVariable}", error);
            }
        }
    }

    private async Task<FileLock> LockAsync(string name, CancellationToken cancellationToken)
    {
        Task<FileLock> taking = Task.Run(() => FileLock.Acquire(Path.Combine(_directory, name)), CancellationToken.None);
        try
        {
            return await taking.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = taking.ContinueWith(late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }
}
