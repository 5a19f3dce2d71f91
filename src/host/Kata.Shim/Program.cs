using System.Text;
using Google.Protobuf;
using Kata.Linux;
using Kata.Primitives;
using Kata.Shim.CommandLine;
using Kata.Shim.Daemon;
using Kata.Shim.Logging;
using Microsoft.Extensions.Logging;

using var output = new Fd(1, owns: false);
using var errors = new Fd(2, owns: false);
try
{
    ShimFlags flags = ShimFlags.Parse(args);
    string bundle = flags.Bundle.Length > 0 ? flags.Bundle : Environment.CurrentDirectory;
    switch (flags.Action)
    {
        case ShimAction.Version:
            FdIo.WriteAll(output, Encoding.UTF8.GetBytes(VersionLine.Text));
            break;
        case ShimAction.Help:
            FdIo.WriteAll(output, Encoding.UTF8.GetBytes(ShimFlags.Usage));
            break;
        case ShimAction.Start:
            string address = await StartCommand.RunAsync(flags, bundle).ConfigureAwait(false);
            FdIo.WriteAll(output, Encoding.UTF8.GetBytes(address));
            break;
        case ShimAction.Delete:
            using (FdLogger logger = FdLogger.ToStandardError(LogLevel.Warning, flags.Id))
            {
                IMessage response = await new DeleteCommand(flags, bundle, logger, TimeProvider.System).RunAsync(CancellationToken.None).ConfigureAwait(false);
                FdIo.WriteAll(output, response.ToByteArray());
            }

            break;
        default:
            await ShimDaemon.RunAsync(flags, bundle).ConfigureAwait(false);
            break;
    }

    return 0;
}
#pragma warning disable CA1031 // The last place that can say what happened.
catch (Exception error)
#pragma warning restore CA1031
{
    string reason = error is KataException or IOException ? error.Message : error.ToString();
    FdIo.WriteAll(errors, Encoding.UTF8.GetBytes($"containerd-shim-kata-v2: {reason}\n"));
    return 1;
}
