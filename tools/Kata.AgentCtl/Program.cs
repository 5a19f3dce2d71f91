using Kata.AgentCtl.CommandLine;
using Kata.AgentCtl.Output;

if (args is ["--version"] or ["-V"] or ["version"])
{
    StandardOutput.Write(VersionText.Line);
    return ExitCodes.Success;
}

if (HelpText.For(args) is { } help)
{
    StandardOutput.Write(help);
    return ExitCodes.Success;
}

return await CommandTree.InvokeAsync(args).ConfigureAwait(false);
