namespace Kata.Ttrpc.Wire;

/// <summary>How the value of a protobuf field is encoded: the low three bits of its tag.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
