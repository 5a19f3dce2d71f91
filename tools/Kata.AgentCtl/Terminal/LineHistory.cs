using Kata.AgentCtl.Output;

namespace Kata.AgentCtl.Terminal;

/// <summary>Lines entered before, in this session and in earlier ones.</summary>
internal sealed class LineHistory
{
    private const int MaxLines = 1000;
    private const int MaxLength = 4096;

    private readonly string? _file;
    private readonly List<string> _lines = [];
    private int _at;
    private string _draft = "";

    /// <summary>Reads the lines of earlier sessions, where there are any.</summary>
    /// <param name="file">Where lines are kept; null to keep none.</param>
    public LineHistory(string? file)
    {
        _file = file;
        if (file is null)
        {
            return;
        }

        try
        {
            if (File.Exists(file))
            {
                _lines.AddRange(File.ReadLines(file).Where(line => line.Length is > 0 and <= MaxLength).TakeLast(MaxLines));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            StandardOutput.WriteError($"kata-agent-ctl: warning: the history {file} cannot be read: {error.Message}\n");
            _file = null;
        }

        _at = _lines.Count;
    }

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Below the user's state directory; null where there is no home.</summary>
    public static string? DefaultPath()
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string? home = Environment.GetEnvironmentVariable("HOME");
        string? directory = state is ['/', ..] ? state : home is ['/', ..] ? Path.Combine(home, ".local/state") : null;
        return directory is null ? null : Path.Combine(directory, "kata-containers/agent-ctl-history");
    }

    /// <summary>Adds a line, unless it is empty, begins with a space, or is the last one again.</summary>
    public void Add(string line)
    {
        if (line.Length is > 0 and <= MaxLength && line[0] != ' ' && (_lines.Count == 0 || _lines[^1] != line))
        {
            _lines.Add(line);
            Save();
        }

        _at = _lines.Count;
        _draft = "";
    }

    /// <summary>The line before the one shown; null if there is none.</summary>
    /// <param name="shown">What is shown, kept for when the way leads back.</param>
    public string? Older(string shown)
    {
        if (_at == 0)
        {
            return null;
        }

        KeepDraft(shown);
        return _lines[--_at];
    }

    /// <summary>The line after the one shown, or what was typed before; null if there is neither.</summary>
    public string? Newer()
    {
        if (_at == _lines.Count)
        {
            return null;
        }

        return ++_at == _lines.Count ? _draft : _lines[_at];
    }

    /// <summary>The next older line that has a text in it; null if there is none.</summary>
    public string? Search(string text, string shown)
    {
        for (int i = _at - 1; i >= 0; i--)
        {
            if (_lines[i].Contains(text, StringComparison.OrdinalIgnoreCase) && _lines[i] != shown)
            {
                KeepDraft(shown);
                _at = i;
                return _lines[i];
            }
        }

        return null;
    }

    private void KeepDraft(string shown)
    {
        if (_at == _lines.Count)
        {
            _draft = shown;
        }
    }

    private void Save()
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            string other = $"{_file}.{Environment.ProcessId}";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            using (var writer = new StreamWriter(other, options))
            {
                foreach (string line in _lines.TakeLast(MaxLines))
                {
                    writer.Write(line + "\n");
                }
            }

            File.Move(other, _file, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A session works without; nothing is lost but comfort, and a warning at every line would be worse.
            return;
        }
    }
}
