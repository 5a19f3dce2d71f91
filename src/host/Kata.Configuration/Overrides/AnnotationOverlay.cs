using System.Text;
using Kata.Configuration.Binding;
using Kata.Configuration.Documents;
using Kata.Configuration.Keys;
using Kata.Primitives;

namespace Kata.Configuration.Overrides;

/// <summary>Lays the annotations of one pod over a configuration and binds it again, so that they pass the same checks as the file.</summary>
internal sealed class AnnotationOverlay(LoadedConfiguration loaded, HostLimits host)
{
    private const int MaxAnnotations = 256;
    private const int MaxNameLength = 256;
    private const int MaxValueLength = 4096;
    private const int HexSha512Length = 128;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, Dictionary<string, SourceValue>> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly List<ConfigurationWarning> _warnings = [];
    private AnnotationGate? _gate;

    /// <summary>Applies annotations whose names start with ours.</summary>
    internal LoadedConfiguration Apply(IReadOnlyCollection<KeyValuePair<string, string>> annotations)
    {
        if (annotations.Count > MaxAnnotations)
        {
            throw KataException.Invalid($"the pod has {annotations.Count} annotations {AnnotationRules.Prefix}*; at most {MaxAnnotations} are allowed");
        }

        foreach ((string name, string value) in annotations)
        {
            Apply(name, value);
        }

        LoadedConfiguration changed = ConfigurationBinder.Bind(
            loaded.Document.With(new ConfigurationDocument(_values)), loaded.Configuration.SourcePath, host, _hashes);
        IEnumerable<ConfigurationWarning> news = changed.Warnings.Where(warning => warning.Location.Line == 0);
        return new LoadedConfiguration(changed.Configuration, [.. loaded.Warnings, .. news, .. _warnings], changed.Document);
    }

    private void Apply(string name, string value)
    {
        AnnotationRule? rule = AnnotationRules.Find(name);
        int limit = rule?.MaxLength ?? MaxValueLength;
        if (name.Length > MaxNameLength || value.Length > limit)
        {
            throw KataException.Invalid($"annotation {Printable.Escape(name, MaxNameLength)} is too long: {limit} characters are allowed");
        }

        if (name == AnnotationRules.Prefix + "config_path")
        {
            throw Denied(name, "a pod cannot choose the host's configuration file");
        }

        if (name.StartsWith(AnnotationRules.HypervisorPrefix, StringComparison.Ordinal))
        {
            RequireEnabled(name);
        }

        if (AnnotationRules.HashedKey(name) is { } hashed)
        {
            _hashes[hashed] = value.Length == HexSha512Length && value.All(char.IsAsciiHexDigit)
                ? value.ToLowerInvariant()
                : throw Wrong(name, $"must be a SHA-512 hash, {HexSha512Length} hex digits");
        }
        else if (rule is not null)
        {
            Set(name, rule.IsBase64 ? Decode(name, value) : value, rule);
        }
        else
        {
            PassOver(name, value);
        }
    }

    private void RequireEnabled(string name)
    {
        if (loaded.Configuration.Qemu is not { } qemu)
        {
            throw Denied(name, "no hypervisor that takes annotations is configured");
        }

        _gate ??= new AnnotationGate(qemu.Annotations.Enabled, loaded.Configuration.Describe($"{KeyCatalog.Qemu}.enable_annotations"));
        if (!_gate.Allows(name[AnnotationRules.HypervisorPrefix.Length..]))
        {
            throw Denied(name, $"it is not enabled; add it to {KeyCatalog.Qemu}.enable_annotations in {loaded.Configuration.SourcePath}");
        }
    }

    private void Set(string name, string text, AnnotationRule rule)
    {
        ConfigurationKey key = KeyCatalog.Find(rule.Table)!.Find(rule.Key)!;
        if ((rule.Fault?.Invoke(text, host) ?? AnnotationValue.Read(text, key, rule.Separator, out _)) is { } fault)
        {
            throw Wrong(name, $"{fault}, not \"{Printable.Escape(text, 100)}\"");
        }

        RequireAllowedPath(name, text, rule);
        AnnotationValue.Read(text, key, rule.Separator, out object? value);
        if (rule.Appends && loaded.Document[rule.Table].TryGetValue(rule.Key, out SourceValue? configured) && configured.Content is string words)
        {
            value = $"{words} {text}".Trim();
        }

        var location = new SourceLocation($"annotation {name}", 0, 0);
        if (!_values.TryGetValue(rule.Table, out Dictionary<string, SourceValue>? table))
        {
            _values[rule.Table] = table = new(StringComparer.Ordinal);
        }

        table[rule.Key] = new SourceValue(value, "a value of another type", location);
        if (rule.Excludes is { } other && !table.ContainsKey(other))
        {
            table[other] = new SourceValue(string.Empty, "a string", location);
        }
    }

    private static string Decode(string name, string value)
    {
        try
        {
            return StrictUtf8.GetString(Convert.FromBase64String(value));
        }
        catch (Exception error) when (error is FormatException or DecoderFallbackException)
        {
            throw Wrong(name, "must be UTF-8 text in base64");
        }
    }

    private void RequireAllowedPath(string name, string path, AnnotationRule rule)
    {
        if (rule.AllowedPaths is null || loaded.Configuration.Qemu is not { } qemu)
        {
            return;
        }

        IReadOnlyList<string> globs = rule.AllowedPaths(qemu);
        bool allowed = globs.Count == 0 ? path == rule.ConfiguredPath?.Invoke(qemu) : globs.Any(glob => PathGlob.Matches(glob, path));
        if (!allowed)
        {
            throw Denied(name, $"path \"{Printable.Escape(path, 200)}\" is not in the list of allowed ones in {loaded.Configuration.SourcePath}");
        }
    }

    private void PassOver(string name, string value)
    {
        if (name == AnnotationRules.Prefix + "asset_hash_type" && value != "sha512")
        {
            throw Wrong(name, $"must be sha512, not \"{Printable.Escape(value, 100)}\"");
        }

        if (name.StartsWith(AnnotationRules.Prefix + "config.", StringComparison.Ordinal))
        {
            string shown = Printable.Escape(name, MaxNameLength);
            _warnings.Add(new ConfigurationWarning(shown, new SourceLocation($"annotation {shown}", 0, 0), "unknown annotation; it has no effect"));
        }
    }

    private static KataException Denied(string name, string why) =>
        new(ErrorCode.PermissionDenied, $"annotation {Printable.Escape(name, MaxNameLength)} is refused: {why}");

    private static KataException Wrong(string name, string why) => KataException.Invalid($"annotation {Printable.Escape(name, MaxNameLength)} {why}");
}
