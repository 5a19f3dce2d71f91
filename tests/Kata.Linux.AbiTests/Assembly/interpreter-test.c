// Runs the child interpreter, linked in as launch(), through its paths: success by exit, a failed step, ignored errors, minimum, load and store, and the end
// of the table.
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>
#include <errno.h>

struct block { long first, second, third; void *steps; unsigned long count; long fd; long *report; unsigned long length, all, old; long number; };
struct step { long nr, args[6]; long *load, *store, minimum; unsigned long ignore[3]; };
_Static_assert(sizeof(struct block) == 88 && sizeof(struct step) == 104, "layout");

long launch(struct block *);

static int run(struct step *steps, int count, long report[3], int *got)
{
    int fds[2], status;
    if (pipe(fds) != 0) return -1;
    struct block block = { .number = SYS_clone, .first = SIGCHLD, .steps = steps, .count = count, .fd = fds[1], .report = report, .length = 24, .all = ~0UL };
    long pid = launch(&block);
    close(fds[1]);
    memset(report, 0xff, 24);
    *got = read(fds[0], report, 24);
    close(fds[0]);
    return pid > 0 && waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -1;
}

#define CHECK(condition) do { if (!(condition)) { printf("failed: %s (%ld %ld %ld, %d bytes, status %d)\n", #condition, r[0], r[1], r[2], got, status); return 1; } } while (0)

int main(void)
{
    long r[3]; int got, status;
    static const char missing[] = "/does/not/exist", present[] = "/", byte[] = "x";
    int sink[2];
    if (pipe(sink) != 0) return 1;

    struct step leave[] = { { .nr = SYS_getpid }, { .nr = SYS_exit, .args = { 5 } } };
    status = run(leave, 2, r, &got);
    CHECK(status == 5 && got == 0);

    struct step fails[] = { { .nr = SYS_chdir, .args = { (long)present } }, { .nr = SYS_chdir, .args = { (long)missing } } };
    status = run(fails, 2, r, &got);
    CHECK(status == 127 && got == 24 && r[0] == 1 && r[1] == ENOENT);

    struct step ignores[] = { { .nr = SYS_chdir, .args = { (long)missing }, .ignore = { 1UL << ENOENT } },
        { .nr = 5000, .ignore = { 1UL << ENOSYS } }, { .nr = SYS_chdir, .args = { (long)missing }, .ignore = { 1UL << EPERM, ~0UL, ~0UL } } };
    status = run(ignores, 3, r, &got);
    CHECK(status == 127 && got == 24 && r[0] == 2 && r[1] == ENOENT);

    struct step high[] = { { .nr = SYS_listen, .args = { sink[0], 1 }, .ignore = { 0, 1UL << (ENOTSOCK - 64) } }, { .nr = SYS_exit, .args = { 6 } } };
    status = run(high, 2, r, &got);
    CHECK(status == 6 && got == 0);

    // The result of one step (a new descriptor) is the first argument of the next; it also is in the report's slot.
    struct step slots[] = { { .nr = SYS_dup, .args = { sink[1] }, .store = &r[2] }, { .nr = SYS_write, .args = { -1, (long)byte, 1 }, .load = &r[2], .minimum = 1 },
        { .nr = SYS_write, .args = { sink[1], (long)byte, 0 }, .minimum = 1 } };
    status = run(slots, 3, r, &got);
    CHECK(status == 127 && got == 24 && r[0] == 2 && r[1] == 0 && r[2] > sink[1]);
    char c;
    CHECK(read(sink[0], &c, 1) == 1 && c == 'x');

    struct step ends[] = { { .nr = SYS_getpid } };
    status = run(ends, 1, r, &got);
    CHECK(status == 127 && got == 24 && r[0] == 1 && r[1] == 0);

    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    status = sigismember(&now, SIGUSR1);
    CHECK(status == 0);
    printf("ok\n");
    return 0;
}
