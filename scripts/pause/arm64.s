// The pause container's only process, for arm64: see amd64.s.
    .globl _start
_start:
    mov x8, #135                // rt_sigprocmask(SIG_BLOCK, all, 0, 8)
    mov x0, #0
    adr x1, all
    mov x2, #0
    mov x3, #8
    svc #0
next:
    mov x8, #137                // rt_sigtimedwait(all, 0, 0, 8): the number of the signal
    adr x0, all
    mov x1, #0
    mov x2, #0
    mov x3, #8
    svc #0
    cmp x0, #15                 // SIGTERM
    b.eq end
    cmp x0, #2                  // SIGINT
    b.eq end
reap:
    mov x8, #260                // wait4(-1, 0, WNOHANG, 0)
    mov x0, #-1
    mov x1, #0
    mov x2, #1
    mov x3, #0
    svc #0
    cmp x0, #0
    b.gt reap
    b next
end:
    mov x8, #93                 // exit(0)
    mov x0, #0
    svc #0
    .balign 8
all:
    .quad -1
