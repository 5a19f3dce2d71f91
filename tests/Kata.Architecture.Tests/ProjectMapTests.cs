namespace Kata.Architecture.Tests;

/// <summary>Holds the arrows between projects. A new arrow means changing this table and saying why in an ADR.</summary>
public sealed class ProjectMapTests
{
    // A project may also reference what its arrows lead to.
    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        ["Kata.Primitives"] = [],
        ["Kata.Linux"] = ["Kata.Primitives"],
        ["Kata.Oci"] = ["Kata.Primitives"],
        ["Kata.Ttrpc"] = ["Kata.Primitives"],
        ["Kata.Protocols"] = ["Kata.Ttrpc"],
        ["Kata.Rego"] = ["Kata.Primitives"],
        ["Kata.Configuration"] = ["Kata.Primitives"],
        ["Kata.VhostUser"] = ["Kata.Linux"],
        ["Kata.Hypervisors"] = ["Kata.Configuration", "Kata.Linux", "Kata.VhostUser"],
        ["Kata.AgentClient"] = ["Kata.Protocols", "Kata.Linux"],
        ["Kata.Runtime"] = ["Kata.Hypervisors", "Kata.AgentClient", "Kata.Oci"],
        ["Kata.Management"] = ["Kata.Primitives"],
        ["Kata.Shim"] = ["Kata.Runtime", "Kata.Management"],
        ["Kata.Monitor"] = ["Kata.Management"],
        ["Kata.Cli"] = ["Kata.Runtime", "Kata.Management"],
        ["Kata.Agent"] = ["Kata.Protocols", "Kata.Linux", "Kata.Oci", "Kata.Rego"],
        ["Kata.Agent.Host"] = ["Kata.Agent"],
        ["Kata.AgentCtl"] = ["Kata.AgentClient", "Kata.Oci"],
        ["Kata.TraceForwarder"] = ["Kata.Linux"],
        ["Kata.LogParser"] = ["Kata.Primitives"],
    };

    [Fact]
    public void Projects_All_AreOnTheMap() =>
        Repository.AssertNone(
            Repository.Projects.Where(project => !Arrows.ContainsKey(project.Name)).Select(project => project.RelativePath),
            "every project has its arrows in this test's table and in docs/architecture.md:");

    [Fact]
    public void References_All_FollowTheArrows() =>
        Repository.AssertNone(
            from project in Repository.Projects
            where Arrows.ContainsKey(project.Name)
            from reference in project.References
            where !Reachable(project.Name).Contains(reference)
            select $"{project.Name} -> {reference}",
            "a project references only what the map lets it:");

    [Fact]
    public void References_ToExecutables_AreNone()
    {
        HashSet<string> executables = [.. Repository.Projects.Where(project => project.IsExecutable).Select(project => project.Name)];

        Repository.AssertNone(
            from project in Repository.Projects
            from reference in project.References
            where executables.Contains(reference)
            select $"{project.Name} -> {reference}",
            "executables only wire; nobody references one:");
    }

    [Fact]
    public void References_AcrossTheVmBoundary_AreNone()
    {
        Dictionary<string, string> sides = Repository.Projects.ToDictionary(project => project.Name, project => project.Side);

        Repository.AssertNone(
            from project in Repository.Projects
            from reference in project.References
            let pair = (project.Side, sides.GetValueOrDefault(reference))
            where pair is ("host", "guest") or ("guest", "host") or ("shared", not "shared") or ("tools", "guest")
            select $"{project.Name} -> {reference}",
            "host and guest share only src/shared:");
    }

    [Fact]
    public void Solution_EveryProject_IsInIt()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "Kata.slnx"));

        Repository.AssertNone(
            new[] { "src", "tests", "tools", "bench", "fuzz" }
                .SelectMany(directory => Repository.Files(directory, "*.csproj"))
                .Select(Repository.Relative)
                .Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal)),
            "Kata.slnx has every project:");
    }

    private static HashSet<string> Reachable(string project)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(Arrows[project]);
        while (open.TryPop(out string? next))
        {
            if (found.Add(next))
            {
                Arrows[next].ToList().ForEach(open.Push);
            }
        }

        return found;
    }
}
