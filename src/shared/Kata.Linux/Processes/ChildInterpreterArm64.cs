namespace Kata.Linux.Processes;

/// <summary>The child interpreter in arm64 machine code; <see cref="ChildInterpreter"/> says what it does.</summary>
/// <remarks>
/// AAPCS64; registers: x9 the block, x10 the step, x11 the number of steps, x12 the index. System calls preserve every register but x0, so nothing is saved
/// and the stack is never touched.
/// </remarks>
internal static class ChildInterpreterArm64
{
    /// <summary>Position-independent code, little-endian words; a test assembles it anew from its source and compares.</summary>
    internal static ReadOnlySpan<uint> Code =>
    [
        // entry:
        0xaa0003e9,     // mov x9, x0
        0xd28010e8,     // mov x8, #0x87
        0xd2800040,     // mov x0, #0x2
        0x91010121,     // add x1, x9, #0x40
        0x91012122,     // add x2, x9, #0x48
        0xd2800103,     // mov x3, #0x8
        0xd4000001,     // svc #0x0
        0xf9402928,     // ldr x8, [x9, #80]
        0xa9400520,     // ldp x0, x1, [x9]
        0xf9400922,     // ldr x2, [x9, #16]
        0xd2800003,     // mov x3, #0x0
        0xd2800004,     // mov x4, #0x0
        0xd4000001,     // svc #0x0
        0xb4000140,     // cbz x0, child
        0xaa0003ea,     // mov x10, x0
        0xd28010e8,     // mov x8, #0x87
        0xd2800040,     // mov x0, #0x2
        0x91012121,     // add x1, x9, #0x48
        0xd2800002,     // mov x2, #0x0
        0xd2800103,     // mov x3, #0x8
        0xd4000001,     // svc #0x0
        0xaa0a03e0,     // mov x0, x10
        0xd65f03c0,     // ret
        // child:
        0xa941ad2a,     // ldp x10, x11, [x9, #24]
        0xd280000c,     // mov x12, #0x0
        // next:
        0xeb0b019f,     // cmp x12, x11
        0x54000342,     // b.cs exhausted
        0xa9400148,     // ldp x8, x0, [x10]
        0xf9401d4d,     // ldr x13, [x10, #56]
        0xb400004d,     // cbz x13, arguments
        0xf94001a0,     // ldr x0, [x13]
        // arguments:
        0xa9410941,     // ldp x1, x2, [x10, #16]
        0xa9421143,     // ldp x3, x4, [x10, #32]
        0xf9401945,     // ldr x5, [x10, #48]
        0xd4000001,     // svc #0x0
        0xf940214d,     // ldr x13, [x10, #64]
        0xb400004d,     // cbz x13, judge
        0xf90001a0,     // str x0, [x13]
        // judge:
        0xf940254d,     // ldr x13, [x10, #72]
        0xeb0d001f,     // cmp x0, x13
        0x5400012a,     // b.ge advance
        0xcb0003e0,     // neg x0, x0
        0xf102fc1f,     // cmp x0, #0xbf
        0x54000148,     // b.hi failed
        0x9101414e,     // add x14, x10, #0x50
        0xd346fc0d,     // lsr x13, x0, #6
        0xf86d79cd,     // ldr x13, [x14, x13, lsl #3]
        0x9ac025ad,     // lsr x13, x13, x0
        0x360000ad,     // tbz w13, #0, failed
        // advance:
        0x9101a14a,     // add x10, x10, #0x68
        0x9100058c,     // add x12, x12, #0x1
        0x17ffffe6,     // b next
        // exhausted:
        0xd2800000,     // mov x0, #0x0
        // failed:
        0xf9401921,     // ldr x1, [x9, #48]
        0xa900002c,     // stp x12, x0, [x1]
        0xf9401520,     // ldr x0, [x9, #40]
        0xf9401d22,     // ldr x2, [x9, #56]
        0xd2800808,     // mov x8, #0x40
        0xd4000001,     // svc #0x0
        // leave:
        0xd2800bc8,     // mov x8, #0x5e
        0xd2800fe0,     // mov x0, #0x7f
        0xd4000001,     // svc #0x0
        0x17fffffd,     // b leave
    ];
}
