# The child interpreter for x86-64, System V calling convention: long launch(LaunchBlock *block).
# A test assembles this file and compares it, byte by byte, with ChildInterpreterX64.cs.
    .intel_syntax noprefix
    .text
    .globl  launch
launch:
    push    rbx
    mov     rbx, rdi                # the block, for parent and child
    mov     eax, 14                 # rt_sigprocmask(SIG_SETMASK, &block->all_signals, &block->old_mask, 8)
    mov     edi, 2
    lea     rsi, [rbx+64]
    lea     rdx, [rbx+72]
    mov     r10d, 8
    syscall
    mov     rax, [rbx+80]           # clone(flags, stack, pidfd, 0, 0), or clone3(arguments, size)
    mov     rdi, [rbx]
    mov     rsi, [rbx+8]
    mov     rdx, [rbx+16]
    xor     r10d, r10d
    xor     r8d, r8d
    syscall
    test    rax, rax
    jz      child
    mov     r8, rax                 # parent: the pid, or -errno
    mov     eax, 14                 # rt_sigprocmask(SIG_SETMASK, &block->old_mask, NULL, 8)
    mov     edi, 2
    lea     rsi, [rbx+72]
    xor     edx, edx
    mov     r10d, 8
    syscall
    mov     rax, r8
    pop     rbx
    ret
child:                              # from here on no stack
    mov     r12, [rbx+24]           # the next step
    xor     r13d, r13d              # its index
next:
    cmp     r13, [rbx+32]
    jae     exhausted
    mov     rdi, [r12+8]
    mov     rax, [r12+56]           # take the first argument from a slot?
    test    rax, rax
    jz      arguments
    mov     rdi, [rax]
arguments:
    mov     rsi, [r12+16]
    mov     rdx, [r12+24]
    mov     r10, [r12+32]
    mov     r8, [r12+40]
    mov     r9, [r12+48]
    mov     rax, [r12]
    syscall
    mov     rcx, [r12+64]           # store the result into a slot?
    test    rcx, rcx
    jz      judge
    mov     [rcx], rax
judge:
    cmp     rax, [r12+72]           # at least the minimum: success
    jge     advance
    neg     rax                     # the errno
    cmp     rax, 191
    ja      failed
    bt      qword ptr [r12+80], rax # one of the errnos to ignore?
    jnc     failed
advance:
    add     r12, 104
    inc     r13
    jmp     next
exhausted:
    xor     eax, eax                # no step replaced this program: index == count, errno 0
failed:
    mov     rsi, [rbx+48]           # write(report_fd, report, report_length)
    mov     [rsi], r13
    mov     [rsi+8], rax
    mov     rdi, [rbx+40]
    mov     rdx, [rbx+56]
    mov     eax, 1
    syscall
leave:
    mov     eax, 231                # exit_group(127)
    mov     edi, 127
    syscall
    jmp     leave
    .section .note.GNU-stack,"",@progbits
