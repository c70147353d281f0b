/*
 * What can be done to a file: file ACTION PATH...
 *   read, write, truncate, unlink, link   each path
 *   plant                                 a new file in each folder
 * The outcome is the one that all paths have in common, else those of each.
 */
#include "attack.h"

#include <fcntl.h>
#include <limits.h>

static int act(const char *action, const char *path)
{
    char byte, new[PATH_MAX];
    if (!strcmp(action, "truncate"))
        return truncate(path, 0);
    if (!strcmp(action, "unlink"))
        return unlink(path);
    if (!strcmp(action, "link"))
        return symlink("/etc", path);
    if (!strcmp(action, "plant")) {
        snprintf(new, sizeof new, "%s/planted", path);
        return open(new, O_CREAT | O_WRONLY, 0600);
    }
    if (!strcmp(action, "write"))
        return open(path, O_WRONLY);
    int fd = open(path, O_RDONLY);
    /* A folder opens and cannot be read: that it is there is bad enough. */
    return fd < 0 || (read(fd, &byte, 1) < 0 && errno != EISDIR) ? -1 : 0;
}

int main(int argc, char **argv)
{
    int error[64] = {0}, same = 1;
    for (int i = 2; i < argc - 1 && i < 64; i++) {
        errno = 0;
        error[i] = act(argv[1], argv[i]) < 0 ? errno : 0;
        same &= error[i] == error[2];
    }
    if (same)
        return tell(error[2] ? -1 : 0, error[2]);
    for (int i = 2; i < argc - 1 && i < 64; i++)
        printf("%s: %s; ", argv[i], error[i] ? strerrorname_np(error[i]) : "done");
    putchar('\n');
    return 0;
}
