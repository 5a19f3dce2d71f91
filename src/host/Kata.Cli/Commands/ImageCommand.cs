using System.CommandLine;

using Kata.Cli.Output;
using Kata.Primitives;
using Kata.Runtime.Images;
using Microsoft.Extensions.Logging;

namespace Kata.Cli.Commands;

/// <summary>The command line of <c>kata-runtime image</c>; <see cref="HelpText.Image"/> explains it.</summary>
internal sealed class ImageCommand
{
    private readonly Option<string?> _store = new("--image-store");

    /// <summary>Describes the command.</summary>
    public ImageCommand()
    {
        var prune = new Command("prune");
        prune.Options.Add(_store);
        prune.SetAction(PruneAsync);
        Command = new Command("image");
        Command.Subcommands.Add(prune);
    }

    /// <summary>The command.</summary>
    public Command Command { get; }

    private async Task<int> PruneAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine(wanted: true);
        var store = new ImageStore(parsed.GetValue(_store), limits: null, new LineLogger(progress, LogLevel.Warning));
        progress.Show("Removing layers");
        try
        {
            PruneResult result = await store.PruneAsync(cancellationToken).ConfigureAwait(false);
            progress.Dispose();
            string kept = result.InUse > 0 ? $"; {Count(result.InUse)} in use stayed" : string.Empty;
            StandardOutput.Write($"removed {Count(result.Removed)}, {result.Freed.Bytes >> 20} MiB{kept}\n");
            return 0;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new KataException(ErrorCode.PermissionDenied, $"{error.Message}; use sudo", error);
        }
    }

    private static string Count(int layers) => layers == 1 ? "1 layer" : $"{layers} layers";
}
