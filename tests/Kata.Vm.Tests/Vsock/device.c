// The back end of QEMU's vhost-user-vsock device, for tests on hosts without vhost-vsock. The host's side is a hybrid vsock: whoever connects to SOCKET and
// sends "CONNECT port\n" reaches the guest's port and gets "OK hostport\n"; what the guest connects to arrives at SOCKET_port.
//
//   device VHOST-SOCKET SOCKET CID
//
// It says "ready" when both sockets are there, serves one QEMU and ends with it. It trusts both sides, as a test may.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_ring.h>
#include <linux/virtio_vsock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { RX = 0, TX = 1, QUEUES = 3, CONNECTIONS = 64, REGIONS = 16, CREDIT = 256 * 1024, PIECE = 2048 }; // a piece fits into the smallest buffer that a guest gives
enum { MESSAGES, LISTENER, KICK, CONNECTION };

struct header { uint32_t request, flags, size; };
struct region { uint64_t guest, size, user, offset; uint8_t *memory; };
struct queue { struct vring_desc *table; struct vring_avail *avail; struct vring_used *used; uint16_t size, last; int kick, call, enabled; };
struct connection { int used, fd, established, paused, ended; uint32_t host, guest, received, sent, allowed, taken; };

static struct region regions[REGIONS];
static struct queue queues[QUEUES];
static struct connection connections[CONNECTIONS];
static uint64_t context;
static uint32_t next_port = 5000;
static int poller, vhost, region_count;
static const char *path;

static void fail(const char *what) { perror(what); exit(1); }

static void watch(int fd, int kind, int index, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u64 = (uint64_t)kind << 32 | (uint32_t)index};
    epoll_ctl(poller, operation, fd, &event);
}

static void *at(uint64_t address, int guest) {
    for (int i = 0; i < region_count; i++) {
        uint64_t start = guest ? regions[i].guest : regions[i].user;
        if (address >= start && address < start + regions[i].size) return regions[i].memory + (address - start);
    }
    return NULL;
}

static int has_buffer(struct queue *q) {
    return q->enabled && q->avail && __atomic_load_n(&q->avail->idx, __ATOMIC_ACQUIRE) != q->last;
}

// The next chain: its header's part and its data's part, which are one descriptor or two.
static uint16_t take(struct queue *q, struct virtio_vsock_hdr **header, uint8_t **data, uint32_t *room) {
    uint16_t head = q->avail->ring[q->last++ % q->size];
    struct vring_desc *first = &q->table[head];
    *header = at(first->addr, 1);
    *data = (uint8_t *)*header + sizeof **header;
    *room = first->len - sizeof **header;
    if (first->flags & VRING_DESC_F_NEXT) {
        *data = at(q->table[first->next].addr, 1);
        *room = q->table[first->next].len;
    }
    return head;
}

static void put_back(struct queue *q, uint16_t head, uint32_t length) {
    q->used->ring[q->used->idx % q->size] = (struct vring_used_elem){head, length};
    __atomic_store_n(&q->used->idx, q->used->idx + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    uint64_t one = 1;
    if (!(q->avail->flags & VRING_AVAIL_F_NO_INTERRUPT) && q->call >= 0 && write(q->call, &one, sizeof one) < 0) fail("call");
}

static int send_packet(struct connection *c, int operation, uint32_t flags, const void *bytes, uint32_t length) {
    if (!has_buffer(&queues[RX])) return -1;
    struct virtio_vsock_hdr *header;
    uint8_t *data;
    uint32_t room;
    uint16_t head = take(&queues[RX], &header, &data, &room);
    if (length > room) length = room;
    memset(header, 0, sizeof *header);
    header->src_cid = 2;
    header->dst_cid = context;
    header->src_port = c->host;
    header->dst_port = c->guest;
    header->len = length;
    header->type = VIRTIO_VSOCK_TYPE_STREAM;
    header->op = operation;
    header->flags = flags;
    header->buf_alloc = CREDIT;
    header->fwd_cnt = c->received;
    if (length) memcpy(data, bytes, length);
    put_back(&queues[RX], head, sizeof *header + length);
    return length;
}

static struct connection *find(uint32_t host, uint32_t guest) {
    for (int i = 0; i < CONNECTIONS; i++)
        if (connections[i].used && connections[i].host == host && connections[i].guest == guest) return &connections[i];
    return NULL;
}

static struct connection *new_connection(int fd, uint32_t host, uint32_t guest) {
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].used) continue;
        connections[i] = (struct connection){.used = 1, .fd = fd, .host = host, .guest = guest};
        return &connections[i];
    }
    fprintf(stderr, "too many connections\n");
    exit(1);
}

static void drop(struct connection *c) {
    close(c->fd);
    c->used = 0;
}

static void establish(struct connection *c) {
    c->established = 1;
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    watch(c->fd, CONNECTION, c - connections, EPOLL_CTL_ADD, EPOLLIN);
}

// From the host to the guest, as far as there is room; the rest when the guest has made some.
static void pump(struct connection *c, int hung_up) {
    char piece[PIECE];
    while (!c->ended) {
        uint32_t credit = c->allowed - (c->sent - c->taken);
        if (!credit || !has_buffer(&queues[RX])) {
            c->paused = 1;
            watch(c->fd, CONNECTION, c - connections, EPOLL_CTL_DEL, 0);
            return;
        }
        ssize_t count = recv(c->fd, piece, credit < PIECE ? credit : PIECE, 0);
        if (count < 0 && errno == EAGAIN) return;
        if (count > 0) {
            send_packet(c, VIRTIO_VSOCK_OP_RW, 0, piece, count);
            c->sent += count;
            continue;
        }
        c->ended = 1;
        watch(c->fd, CONNECTION, c - connections, EPOLL_CTL_DEL, 0);
        send_packet(c, VIRTIO_VSOCK_OP_SHUTDOWN, hung_up ? 3 : VIRTIO_VSOCK_SHUTDOWN_SEND, NULL, 0);
    }
}

static void resume(void) {
    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (!c->used || !c->paused) continue;
        c->paused = 0;
        watch(c->fd, CONNECTION, i, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void guest_connects(const struct virtio_vsock_hdr *header) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s_%u", path, header->dst_port);
    struct connection *c = new_connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), header->dst_port, header->src_port);
    c->allowed = header->buf_alloc;
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) {
        send_packet(c, VIRTIO_VSOCK_OP_RST, 0, NULL, 0);
        drop(c);
        return;
    }
    send_packet(c, VIRTIO_VSOCK_OP_RESPONSE, 0, NULL, 0);
    establish(c);
}

static void guest_writes(struct connection *c, const uint8_t *data, uint32_t length) {
    for (uint32_t done = 0; done < length;) {
        ssize_t count = send(c->fd, data + done, length - done, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN) {
            send_packet(c, VIRTIO_VSOCK_OP_RST, 0, NULL, 0);
            drop(c);
            return;
        }
        if (count > 0) done += count;
        else usleep(100); // the reader is slow: so is this device
    }
    c->received += length;
    send_packet(c, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, NULL, 0);
}

static void on_packet(const struct virtio_vsock_hdr *header, const uint8_t *data) {
    struct connection *c = find(header->dst_port, header->src_port);
    char line[32];
    if (c) {
        c->allowed = header->buf_alloc;
        c->taken = header->fwd_cnt;
    }
    if (header->op == VIRTIO_VSOCK_OP_REQUEST) guest_connects(header);
    else if (!c) {
        struct connection nobody = {.host = header->dst_port, .guest = header->src_port};
        if (header->op != VIRTIO_VSOCK_OP_RST) send_packet(&nobody, VIRTIO_VSOCK_OP_RST, 0, NULL, 0);
    } else if (header->op == VIRTIO_VSOCK_OP_RESPONSE) {
        if (send(c->fd, line, sprintf(line, "OK %u\n", c->host), MSG_NOSIGNAL) < 0) perror("OK");
        establish(c);
    } else if (header->op == VIRTIO_VSOCK_OP_RW) guest_writes(c, data, header->len);
    else if (header->op == VIRTIO_VSOCK_OP_CREDIT_REQUEST) send_packet(c, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, NULL, 0);
    else if (header->op == VIRTIO_VSOCK_OP_SHUTDOWN && (header->flags & 3) == VIRTIO_VSOCK_SHUTDOWN_SEND) shutdown(c->fd, SHUT_WR);
    else if (header->op == VIRTIO_VSOCK_OP_SHUTDOWN && (header->flags & 3) == 3) {
        send_packet(c, VIRTIO_VSOCK_OP_RST, 0, NULL, 0);
        drop(c);
    } else if (header->op == VIRTIO_VSOCK_OP_RST) drop(c);
}

static void guest_sends(void) {
    while (has_buffer(&queues[TX])) {
        struct virtio_vsock_hdr *header;
        uint8_t *data;
        uint32_t room;
        uint16_t head = take(&queues[TX], &header, &data, &room);
        on_packet(header, data);
        put_back(&queues[TX], head, 0);
    }
    resume();
}

static void host_connects(int listener) {
    char line[64] = "";
    uint32_t port;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    for (size_t i = 0; i < sizeof line - 1 && read(fd, line + i, 1) == 1 && line[i] != '\n'; i++) continue;
    if (sscanf(line, "CONNECT %u", &port) != 1) {
        close(fd);
        return;
    }
    struct connection *c = new_connection(fd, next_port++, port);
    if (send_packet(c, VIRTIO_VSOCK_OP_REQUEST, 0, NULL, 0) < 0) drop(c); // there is no guest yet
}

static void reply(const struct header *request, const void *body, uint32_t size) {
    char message[256];
    struct header header = {request->request, 1 | 4, size}; // version 1, a reply
    memcpy(message, &header, sizeof header);
    memcpy(message + sizeof header, body, size);
    if (write(vhost, message, sizeof header + size) < 0) fail("reply");
}

static void map_regions(const uint8_t *body, const int *fds) {
    for (int i = 0; i < region_count; i++) munmap(regions[i].memory - regions[i].offset, regions[i].size + regions[i].offset);
    memcpy(&region_count, body, 4);
    for (int i = 0; i < region_count; i++) {
        memcpy(&regions[i], body + 8 + 32 * i, 32);
        uint8_t *memory = mmap(NULL, regions[i].size + regions[i].offset, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
        if (memory == MAP_FAILED) fail("mmap");
        regions[i].memory = memory + regions[i].offset;
        close(fds[i]);
    }
}

static void on_message(void) {
    struct header header;
    union { uint8_t bytes[4096]; uint64_t number; struct { uint32_t index, value; } state; struct { uint32_t index, flags; uint64_t table, used, avail, log; } ring; } body;
    char control[CMSG_SPACE(REGIONS * sizeof(int))];
    int fds[REGIONS], count = 0;
    struct iovec part = {&header, sizeof header};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(vhost, &message, MSG_WAITALL) <= 0) exit(0); // QEMU has ended
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(c), count * sizeof(int));
    }
    if (header.size > sizeof body || (header.size && recv(vhost, &body, header.size, MSG_WAITALL) != header.size)) fail("message");
    struct queue *q = &queues[body.number & 0xff ? (body.number & 0xff) % QUEUES : 0];
    uint64_t zero = 0, answer;
    switch (header.request) {
        case 1: answer = 1ull << VIRTIO_F_VERSION_1 | 1ull << 30; reply(&header, &answer, 8); return; // features; bit 30: there are protocol features
        case 15: answer = 1 << 0 | 1 << 3 | 1 << 9; reply(&header, &answer, 8); return; // several queues, acknowledgements, configuration space
        case 17: answer = 2; reply(&header, &answer, 8); return; // how many queues
        case 24: memcpy(body.bytes + 12, &context, 8); reply(&header, body.bytes, header.size); return; // configuration space
        case 5: map_regions(body.bytes, fds); break;
        case 8: q->size = body.state.value; break;
        case 9:
            q->table = at(body.ring.table, 0);
            q->used = at(body.ring.used, 0);
            q->avail = at(body.ring.avail, 0);
            break;
        case 10: q->last = body.state.value; break;
        case 11:
            body.state.value = q->last;
            q->enabled = 0;
            reply(&header, &body, 8);
            return;
        case 12:
            if (q->kick >= 0) close(q->kick);
            q->kick = count ? fds[0] : -1;
            if (count) watch(fds[0], KICK, q - queues, EPOLL_CTL_ADD, EPOLLIN);
            break;
        case 13:
            if (q->call >= 0) close(q->call);
            q->call = count ? fds[0] : -1;
            break;
        case 14: if (count) close(fds[0]); break;
        case 18: q->enabled = body.state.value; break;
        default: break;
    }
    if (header.flags & 8) reply(&header, &zero, 8);
}

static int listen_at(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 16)) fail(name);
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    path = argv[2];
    context = strtoull(argv[3], NULL, 10);
    for (int i = 0; i < QUEUES; i++) queues[i].kick = queues[i].call = -1;
    poller = epoll_create1(EPOLL_CLOEXEC);
    int host = listen_at(path);
    int listener = listen_at(argv[1]);
    puts("ready");
    fflush(stdout);
    vhost = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    watch(vhost, MESSAGES, 0, EPOLL_CTL_ADD, EPOLLIN);
    watch(host, LISTENER, host, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(poller, &event, 1, -1) < 1) continue;
        int kind = event.data.u64 >> 32, index = (uint32_t)event.data.u64;
        uint64_t kicks;
        if (kind == MESSAGES) on_message();
        else if (kind == LISTENER) host_connects(index);
        else if (kind == CONNECTION && connections[index].used) pump(&connections[index], event.events & EPOLLHUP);
        else if (kind == KICK && read(queues[index].kick, &kicks, sizeof kicks) > 0) guest_sends();
    }
}
