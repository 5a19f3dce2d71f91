/*
 * A driver in user space, as far as tests need one.
 *
 *   vfio GROUP                   opens a group and prints its flags: 1 is viable, 2 has a container
 *   vfio GROUP DEVICE            also gets the device of that name and prints its PCI ids
 *   vfio GROUP DEVICE hold       the same, and keeps it open until it is killed
 *   vfio GROUP DEVICE give NAME  the same, and gives all descriptors to whoever listens at the abstract socket NAME
 *   vfio take NAME               listens there, and keeps what it gets until it is killed
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, strerror(errno));
        exit(1);
    }

    return result;
}

static socklen_t address(struct sockaddr_un *at, const char *name)
{
    memset(at, 0, sizeof *at);
    at->sun_family = AF_UNIX;
    strncpy(at->sun_path + 1, name, sizeof at->sun_path - 2);
    return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

static void pass(int to, int *fds, int count, int give)
{
    char byte = 0, control[CMSG_SPACE(3 * sizeof(int))] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    check(give ? sendmsg(to, &message, 0) : recvmsg(to, &message, 0), "pass");
}

static int take(const char *name)
{
    struct sockaddr_un at;
    int fds[3] = {0}, peer, listener = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");

    check(bind(listener, (struct sockaddr *)&at, address(&at, name)), "bind");
    check(listen(listener, 1), "listen");
    peer = check(accept(listener, NULL, NULL), "accept");
    pass(peer, fds, 3, 0);
    check(write(peer, "", 1), "answer");
    pause();
    return 0;
}

static void give(int group, int container, int device, const char *name)
{
    struct sockaddr_un at;
    int fds[3] = {group, container, device}, to = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    socklen_t length = address(&at, name);
    char answer;

    while (connect(to, (struct sockaddr *)&at, length) != 0)
        usleep(10000);
    pass(to, fds, 3, 1);
    check(read(to, &answer, 1), "answer");
}

int main(int count, char **args)
{
    struct vfio_group_status status = {.argsz = sizeof status};
    struct vfio_region_info config = {.argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX};
    unsigned short ids[2];
    int group, container, device;

    if (count == 3 && strcmp(args[1], "take") == 0)
        return take(args[2]);

    group = check(open(args[1], O_RDWR), "open group");
    check(ioctl(group, VFIO_GROUP_GET_STATUS, &status), "VFIO_GROUP_GET_STATUS");
    printf("flags %u\n", status.flags);
    if (count > 2) {
        container = check(open("/dev/vfio/vfio", O_RDWR), "open container");
        check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "VFIO_GROUP_SET_CONTAINER");
        check(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), "VFIO_SET_IOMMU");
        device = check(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, args[2]), "VFIO_GROUP_GET_DEVICE_FD");
        check(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config), "VFIO_DEVICE_GET_REGION_INFO");
        check(pread(device, ids, sizeof ids, config.offset), "read configuration");
        printf("device %04x:%04x\n", ids[0], ids[1]);
    }

    fflush(stdout);
    if (count > 4)
        give(group, container, device, args[4]);
    if (count == 4)
        pause();
    return 0;
}
