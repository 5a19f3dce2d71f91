using Kata.Configuration.Documents;
using Kata.Configuration.Keys;
using Kata.Primitives;

namespace Kata.Configuration.Binding;

/// <summary>Makes the records out of a document.</summary>
internal sealed class ConfigurationBinder
{
    private const string HypervisorPrefix = "hypervisor.";

    private readonly ConfigurationDocument _document;
    private readonly string _source;
    private readonly HostLimits _host;
    private readonly Problems _problems = new();
    private readonly List<ConfigurationWarning> _warnings = [];

    private ConfigurationBinder(ConfigurationDocument document, string source, HostLimits host)
    {
        _document = document;
        _source = source;
        _host = host;
    }

    /// <summary>Makes the records.</summary>
    /// <param name="document">The merged document.</param>
    /// <param name="source">The main file's path.</param>
    /// <param name="host">What the host has.</param>
    /// <param name="hashes">Hashes of assets, from annotations.</param>
    /// <exception cref="KataException">InvalidArgument or Unsupported: everything that is wrong, with places.</exception>
    internal static LoadedConfiguration Bind(
        ConfigurationDocument document, string source, HostLimits host, IReadOnlyDictionary<string, string>? hashes = null) =>
        new ConfigurationBinder(document, source, host).Bind(hashes ?? new Dictionary<string, string>());

    private LoadedConfiguration Bind(IReadOnlyDictionary<string, string> hashes)
    {
        CheckTables();
        TableReader runtime = Reader(KeyCatalog.Runtime);
        string? hypervisor = SelectHypervisor(runtime);
        bool isQemu = hypervisor == "qemu";
        TableReader qemu = Reader(KeyCatalog.Qemu);
        var configuration = new KataConfiguration
        {
            SourcePath = _source,
            Runtime = RuntimeBinder.Bind(runtime, _problems),
            Agent = AgentBinder.Bind(Reader(KeyCatalog.Agent), _problems),
            Factory = FactoryBinder.Bind(Reader(KeyCatalog.Factory)),
            Qemu = isQemu ? QemuBinder.Bind(qemu, _problems, _host, hashes) : null,
            Origins = Origins(),
        };

        _problems.ThrowIfAny();
        return new LoadedConfiguration(configuration, [.. _warnings.OrderBy(warning => warning.Location.File, StringComparer.Ordinal).ThenBy(warning => warning.Location.Line)], _document);
    }

    private TableReader Reader(string table) => new(_document, KeyCatalog.Find(table)!, _problems, _source);

    private void CheckTables()
    {
        foreach (string name in _document.Tables)
        {
            if (KeyCatalog.Find(name) is not null)
            {
                _warnings.AddRange(Reader(name).Check());
            }
            else if (!KeyCatalog.IsPassedOver(name) && _document[name].Count > 0)
            {
                SourceValue first = _document[name].Values.MinBy(value => value.Location.Line)!;
                string keys = string.Join(", ", _document[name].Keys.Take(10).Select(key => Printable.Escape(name.Length == 0 ? key : $"{name}.{key}", 100)));
                _warnings.Add(new(name, first.Location, $"unknown {(name.Length == 0 ? "key outside any table" : "table")}: {keys}; no effect"));
            }
        }
    }

    private string? SelectHypervisor(TableReader runtime)
    {
        List<string> present = [.. _document.Tables
            .Where(table => table.StartsWith(HypervisorPrefix, StringComparison.Ordinal))
            .Select(table => table[HypervisorPrefix.Length..].Split('.')[0])
            .Distinct(StringComparer.Ordinal)];
        string wanted = runtime.Text("hypervisor_name");
        SourceLocation location = wanted.Length > 0 ? runtime.LocationOf("hypervisor_name") : new SourceLocation(_source, 0, 0);
        if (wanted.Length == 0 && present.Count != 1)
        {
            _problems.Add(location, present.Count == 0
                ? "no [hypervisor.qemu] table; add one that names at least a kernel and an initrd or image"
                : $"several hypervisor tables ({string.Join(", ", present.Select(name => Printable.Escape(name, 40)))}); name the one to use in runtime.hypervisor_name");
            return null;
        }

        string name = wanted.Length > 0 ? wanted : present[0];
        if (!present.Contains(name))
        {
            _problems.Add(location, $"runtime.hypervisor_name is \"{Printable.Escape(name, 40)}\", but there is no [hypervisor.{Printable.Escape(name, 40)}] table");
        }
        else if (name != "qemu")
        {
            _problems.AddUnsupported(location, $"hypervisor {Printable.Escape(name, 40)} is not supported; use [hypervisor.qemu]");
        }

        return name;
    }

    private Dictionary<string, SourceLocation> Origins() => _document.Tables
        .SelectMany(table => _document[table].Select(entry => ($"{table}.{entry.Key}", entry.Value.Location)))
        .DistinctBy(entry => entry.Item1)
        .ToDictionary(entry => entry.Item1, entry => entry.Location, StringComparer.Ordinal);
}
