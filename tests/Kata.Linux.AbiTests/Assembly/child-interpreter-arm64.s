// The child interpreter for arm64, AAPCS64: long launch(LaunchBlock *block).
// A test assembles this file and compares it, byte by byte, with ChildInterpreterArm64.cs.
// System calls preserve every register but x0, so no register needs saving and nothing touches the stack.
    .text
    .globl  launch
launch:
    mov     x9, x0                  // the block, for parent and child
    mov     x8, #135                // rt_sigprocmask(SIG_SETMASK, &block->all_signals, &block->old_mask, 8)
    mov     x0, #2
    add     x1, x9, #64
    add     x2, x9, #72
    mov     x3, #8
    svc     #0
    ldr     x8, [x9, #80]           // clone(flags, stack, pidfd, 0, 0), or clone3(arguments, size)
    ldp     x0, x1, [x9]
    ldr     x2, [x9, #16]
    mov     x3, #0
    mov     x4, #0
    svc     #0
    cbz     x0, child
    mov     x10, x0                 // parent: the pid, or -errno
    mov     x8, #135                // rt_sigprocmask(SIG_SETMASK, &block->old_mask, NULL, 8)
    mov     x0, #2
    add     x1, x9, #72
    mov     x2, #0
    mov     x3, #8
    svc     #0
    mov     x0, x10
    ret
child:
    ldp     x10, x11, [x9, #24]     // the next step, the number of steps
    mov     x12, #0                 // its index
next:
    cmp     x12, x11
    b.hs    exhausted
    ldp     x8, x0, [x10]
    ldr     x13, [x10, #56]         // take the first argument from a slot?
    cbz     x13, arguments
    ldr     x0, [x13]
arguments:
    ldp     x1, x2, [x10, #16]
    ldp     x3, x4, [x10, #32]
    ldr     x5, [x10, #48]
    svc     #0
    ldr     x13, [x10, #64]         // store the result into a slot?
    cbz     x13, judge
    str     x0, [x13]
judge:
    ldr     x13, [x10, #72]         // at least the minimum: success
    cmp     x0, x13
    b.ge    advance
    neg     x0, x0                  // the errno
    cmp     x0, #191
    b.hi    failed
    add     x14, x10, #80           // one of the errnos to ignore?
    lsr     x13, x0, #6
    ldr     x13, [x14, x13, lsl #3]
    lsr     x13, x13, x0
    tbz     x13, #0, failed
advance:
    add     x10, x10, #104
    add     x12, x12, #1
    b       next
exhausted:
    mov     x0, #0                  // no step replaced this program: index == count, errno 0
failed:
    ldr     x1, [x9, #48]           // write(report_fd, report, report_length)
    stp     x12, x0, [x1]
    ldr     x0, [x9, #40]
    ldr     x2, [x9, #56]
    mov     x8, #64
    svc     #0
leave:
    mov     x8, #94                 // exit_group(127)
    mov     x0, #127
    svc     #0
    b       leave
    .section .note.GNU-stack,"",%progbits
