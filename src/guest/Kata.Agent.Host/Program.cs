using Kata.Agent;
using Kata.Agent.Host;

return await AgentProgram.RunAsync(args, AgentVersion.Text).ConfigureAwait(false);
