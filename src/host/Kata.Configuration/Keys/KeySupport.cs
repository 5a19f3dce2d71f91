namespace Kata.Configuration.Keys;

/// <summary>What this implementation does with a key.</summary>
public enum KeySupport
{
    /// <summary>It has the effect its summary states.</summary>
    Used,

    /// <summary>It is accepted so that files written for other versions load. Setting it to anything but the default gives a warning that it has no effect.</summary>
    Ignored,

    /// <summary>Doing without what it asks for would be unsafe: setting it to anything but the default is an error.</summary>
    Refused,
}
