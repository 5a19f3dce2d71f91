namespace Kata.AgentCtl.Terminal;

/// <summary>A key that is no character.</summary>
internal enum Key
{
    /// <summary>A character to insert.</summary>
    Character,

    /// <summary>Return.</summary>
    Enter,

    /// <summary>Tab: completes.</summary>
    Complete,

    /// <summary>Ctrl-C: gives the line up.</summary>
    Cancel,

    /// <summary>Ctrl-D: deletes, or ends the session on an empty line.</summary>
    DeleteOrEnd,

    /// <summary>Delete.</summary>
    Delete,

    /// <summary>Backspace.</summary>
    DeleteBefore,

    /// <summary>Left.</summary>
    Left,

    /// <summary>Right.</summary>
    Right,

    /// <summary>Alt-B, Ctrl-Left.</summary>
    WordLeft,

    /// <summary>Alt-F, Ctrl-Right.</summary>
    WordRight,

    /// <summary>Home, Ctrl-A.</summary>
    Start,

    /// <summary>End, Ctrl-E.</summary>
    End,

    /// <summary>Up, Ctrl-P: the line before in the history.</summary>
    Older,

    /// <summary>Down, Ctrl-N: the line after in the history.</summary>
    Newer,

    /// <summary>Ctrl-R: the next older line that begins like this one.</summary>
    SearchOlder,

    /// <summary>Ctrl-K.</summary>
    CutToEnd,

    /// <summary>Ctrl-U.</summary>
    CutToStart,

    /// <summary>Ctrl-W.</summary>
    CutWord,

    /// <summary>Ctrl-Y: what was cut last.</summary>
    Paste,

    /// <summary>Ctrl-L.</summary>
    ClearScreen,

    /// <summary>The terminal is gone.</summary>
    Gone,

    /// <summary>Nothing that we know.</summary>
    Unknown,
}
