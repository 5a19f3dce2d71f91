using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Kata.Architecture.Tests;

/// <summary>Code that must not be written, whatever the analyzers say.</summary>
public sealed class BannedCodeTests
{
    private static readonly string[] ContainerdNamespaces = ["Kata.Protocols.Task", "Kata.Protocols.Events", "Kata.Protocols.ContainerdTypes", "Kata.Protocols.RuntimeOptions"];

    [Fact]
    public void Catch_Empty_IsNone() =>
        Repository.AssertNone(
            from file in Repository.Sources
            from clause in file.Nodes<CatchClauseSyntax>()
            where clause.Block.Statements.Count == 0 && !IsExpectedAndExplained(clause)
            select file.At(clause),
            "a failure is handled, logged (Teardown) or passed on; one that is no failure is named by a filter and explained by a comment:");

    [Fact]
    public void Waiting_ForTimeToPass_IsCancellable() =>
        Repository.AssertNone(
            from file in Repository.Sources
            from call in file.Nodes<InvocationExpressionSyntax>()
            let name = call.Expression.ToString()
            where name.EndsWith("Thread.Sleep", StringComparison.Ordinal)
                || (name is "Task.Delay" or "System.Threading.Tasks.Task.Delay" && call.ArgumentList.Arguments.Count < 2)
            select $"{file.At(call)}: {call}",
            "no Thread.Sleep, no Task.Delay without a token:");

    [Fact]
    public void Guest_ProcessAndConsole_AreNotUsed() =>
        Repository.AssertNone(
            from file in Repository.Sources
            where file.Project.Side == "guest"
            from access in file.Nodes<MemberAccessExpressionSyntax>()
            let target = access.Expression.ToString()
            where target is "Console" or "System.Console" || target.EndsWith("Diagnostics.Process", StringComparison.Ordinal)
            select $"{file.At(access)}: {access}",
            "in PID 1 these make the runtime reap every child:");

    [Fact]
    public void Guest_BannedSymbols_AreWiredIn()
    {
        string list = File.ReadAllText(Path.Combine(Repository.Root, "src/guest/BannedSymbols.txt"));
        string properties = File.ReadAllText(Path.Combine(Repository.Root, "src/guest/Directory.Build.props"));

        Assert.Contains("T:System.Diagnostics.Process;", list, StringComparison.Ordinal);
        Assert.Contains("T:System.Console;", list, StringComparison.Ordinal);
        Assert.Contains("BannedSymbols.txt", properties, StringComparison.Ordinal);
    }

    [Fact]
    public void Runtime_ContainerdTypes_AreNotUsed() =>
        Repository.AssertNone(
            from file in Repository.Sources
            where file.Project.Name is not ("Kata.Shim" or "Kata.Protocols")
            from directive in file.Nodes<UsingDirectiveSyntax>()
            where ContainerdNamespaces.Contains(directive.NamespaceOrType.ToString())
            select $"{file.At(directive)}: {directive}",
            "containerd's types live in Kata.Shim:");

    [Fact]
    public void Drivers_EachOther_AreNotUsed() =>
        Repository.AssertNone(
            from file in Repository.Sources
            where file.Project.Name == "Kata.Hypervisors"
            from directive in file.Nodes<UsingDirectiveSyntax>()
            let used = directive.NamespaceOrType.ToString()
            where IsDriver(used) && IsDriver(file.ExpectedNamespace) && used.Split('.')[2] != file.ExpectedNamespace.Split('.')[2]
            select $"{file.At(directive)}: {directive}",
            "no driver uses another:");

    [Fact]
    public void Comments_UnfinishedWork_NamesAnIssue() =>
        Repository.AssertNone(
            from file in Repository.Sources
            from trivia in file.Syntax.DescendantTrivia(descendIntoTrivia: false)
            let text = trivia.ToString()
            where text.StartsWith('/') && new[] { "TODO", "FIXME", "HACK", "XXX" }.Any(mark => text.Contains(mark, StringComparison.Ordinal)) && !text.Contains("(#", StringComparison.Ordinal)
            select $"{file.RelativePath}: {text}",
            "unfinished work has an issue, written as TODO(#12):");

    [Fact]
    public void Files_OfThisTree_DoNotNameWhereItWasBuilt()
    {
        // Wherever the tree is: a path of this machine in a file cannot be right on another one. The tree's own path only: its parent may be any common word.
        string root = Repository.Root;

        Repository.AssertNone(
            new[] { "src", "tests", "tools", "docs", "config", "bench", "fuzz", ".ci" }
                .SelectMany(folder => Repository.Files(folder, "*"))
                .Concat(Directory.EnumerateFiles(Repository.Root))
                .Where(file => new FileInfo(file).Length < 1 << 20 && File.ReadAllText(file).Contains(root, StringComparison.Ordinal))
                .Select(Repository.Relative),
            "no file names a path of the machine it was written on:");
    }

    private static bool IsExpectedAndExplained(CatchClauseSyntax clause) =>
        clause.Filter is not null && clause.Block.CloseBraceToken.LeadingTrivia.Any(trivia => trivia.ToString().StartsWith("//", StringComparison.Ordinal));

    private static bool IsDriver(string name) => name.StartsWith("Kata.Hypervisors.", StringComparison.Ordinal)
        && name.Split('.')[2] is "Qemu" or "CloudHypervisor" or "Firecracker" or "Dragonball" or "Remote" or "Acrn";
}
