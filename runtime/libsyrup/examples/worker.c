/* A server whose policy is examples/scan_avoid: it says which of its sockets are busy, and adds a
 * socket while it runs. Build and run:
 *
 *     syrupc bindgen examples/scan_avoid/policy.syr --lang c -o scan_avoid.h
 *     cc -I. -Iruntime/libsyrup/include worker.c -lsyrup -o worker
 *     ./worker 9000 examples/scan_avoid/policy.syr
 *
 * It prints each step and waits for a line of input before the next; without a policy's file,
 * deploy the policy at the first. Then each datagram is printed with the number of the socket that it came to. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scan_avoid.h"

#define DEPLOYMENT "socket_select-udp-9000"

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, syr_last_error());
    exit(1);
}

static int bound_socket(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) ||
        bind(fd, (struct sockaddr *)&at, sizeof at)) {
        perror("bind");
        exit(1);
    }
    return fd;
}

static void step(const char *text)
{
    char line[64];
    puts(text);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        exit(0);
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 9000;
    struct pollfd sockets[3] = {{.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};
    uint64_t scan = scan_avoid_Op_SCAN, seen = 0;

    sockets[0].fd = bound_socket(port);
    sockets[1].fd = bound_socket(port);
    step("bound");
    if (argc > 2) {
        /* The daemon deploys the policy among the two sockets above. */
        int program = syr_deploy_policy(argv[2], "socket_select:udp:9000");
        if (program < 0)
            fail("deploy");
        close(program);
    }

    int doing = scan_avoid_doing_open();
    if (doing < 0)
        fail("open");
    for (uint32_t worker = 0; worker < 2; worker++)
        if (scan_avoid_doing_set(doing, &worker, &scan))
            fail("set");
    if (scan_avoid_doing_get(doing, &(uint32_t){1}, &seen) || seen != scan)
        fail("get");
    sockets[2].fd = bound_socket(port);
    int slot = scan_avoid_workers_add(DEPLOYMENT, sockets[2].fd);
    if (slot != 2)
        fail("add");
    step("both busy, a third added");

    for (int n = 0; n < 8; n++) {
        char bytes[64];
        if (poll(sockets, 3, 20000) <= 0)
            break;
        for (int i = 0; i < 3; i++)
            if (sockets[i].revents & POLLIN) {
                recv(sockets[i].fd, bytes, sizeof bytes, 0);
                printf("socket %d\n", i);
            }
    }
    if (scan_avoid_workers_remove(DEPLOYMENT, sockets[2].fd))
        fail("remove");
    if (syr_map_lookup_elem(doing, &(uint32_t){99}, &seen) != -1)
        fail("an entry past the end was read");
    fprintf(stderr, "%s\n", syr_last_error());
    if (syr_map_close(doing))
        fail("close");
    step("done");
    return 0;
}
