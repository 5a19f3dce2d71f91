using Kata.Agent;

return await AgentProgram.RunAsync(args, AgentVersion.Text).ConfigureAwait(false);
