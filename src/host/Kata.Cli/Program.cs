using Kata.Cli;
using Kata.Cli.Commands;
using Kata.Cli.Output;

// Scripts ask for the version often: the answer must not wait for the command line library to start.
if (args is ["--version"] or ["-v"] or ["version"])
{
    StandardOutput.Write(VersionText.Full);
    return 0;
}

if (HelpText.For(args) is { } help)
{
    StandardOutput.Write(help);
    return 0;
}

return await CommandTree.InvokeAsync(args).ConfigureAwait(false);
