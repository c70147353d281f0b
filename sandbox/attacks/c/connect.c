/*
 * Calls somebody: connect KIND ADDRESS PORT, or connect local PATH
 *   KIND is tcp, udp or mptcp; a colon in the address makes it of version 6
 *   a PATH that begins with @ is of the abstract kind, which is no file
 */
#include "attack.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
    if (argc < 4)
        return 1;
    const char *kind = argv[1], *address = argv[2];
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr *to = (struct sockaddr *)&local;
    socklen_t size;
    if (!strcmp(kind, "local")) {
        size_t length = strlen(address);
        memcpy(local.sun_path, address, length < sizeof local.sun_path ? length : sizeof local.sun_path - 1);
        size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*address != '@'));
        if (*address == '@')
            local.sun_path[0] = 0;
    } else if (strchr(address, ':')) {
        inet_pton(AF_INET6, address, &six.sin6_addr);
        six.sin6_port = htons((unsigned short)atoi(argv[3]));
        to = (struct sockaddr *)&six;
        size = sizeof six;
    } else {
        inet_pton(AF_INET, address, &four.sin_addr);
        four.sin_port = htons((unsigned short)atoi(argv[3]));
        to = (struct sockaddr *)&four;
        size = sizeof four;
    }
    int fd = socket(to->sa_family, strcmp(kind, "udp") ? SOCK_STREAM : SOCK_DGRAM, strcmp(kind, "mptcp") ? 0 : 262);
    if (fd < 0 || connect(fd, to, size) || send(fd, "escaped", 7, MSG_NOSIGNAL) < 0)
        return tell(-1, errno);
    return tell(0, 0);
}
