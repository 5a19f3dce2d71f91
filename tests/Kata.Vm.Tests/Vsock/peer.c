// A process in the guest that connects to a vsock port, or waits for one connection there, and passes on what standard input and the other side say.
//
//   peer connect CID PORT | peer listen CID PORT
//
// Says "open" on standard error once there is a connection; exit code 0 when the other side has closed it in good order, 1 with the reason for anything else.
#include <errno.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = strtoul(argv[2], NULL, 10), .svm_port = strtoul(argv[3], NULL, 10)};
    int fd = socket(AF_VSOCK, SOCK_STREAM, 0);
    if (fd < 0) return fail("socket");
    if (strcmp(argv[1], "listen") == 0) {
        if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1)) return fail("listen");
        fprintf(stderr, "listening\n");
        if ((fd = accept(fd, NULL, NULL)) < 0) return fail("accept");
    } else if (connect(fd, (struct sockaddr *)&address, sizeof address)) return fail("connect");
    fprintf(stderr, "open\n");
    struct pollfd polls[2] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    char buffer[4096];
    for (;;) {
        if (poll(polls, 2, -1) < 0) return fail("poll");
        if (polls[0].revents) {
            ssize_t count = read(fd, buffer, sizeof buffer);
            if (count < 0) return fail("read");
            if (count == 0) return 0;
            if (write(1, buffer, count) != count) return fail("write");
        }
        if (polls[1].revents) {
            ssize_t count = read(0, buffer, sizeof buffer);
            if (count > 0 && write(fd, buffer, count) != count) return fail("send");
            if (count <= 0) polls[1].fd = -1;
        }
    }
}
