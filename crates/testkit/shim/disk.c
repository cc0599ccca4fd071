/* A disk that can be watched: preloaded into a process (LD_PRELOAD), it notes in one file, in the order they happen,
 * every write, truncation, sync, new name, renaming and removal below one folder, and what the process tells on
 * standard output. From the notes a test makes the disk as power loss at any moment could have left it. It can also
 * lie about syncs, and let space run out.
 *
 *   AKASHI_DISK_ROOT   the folder watched, absolute
 *   AKASHI_DISK_TRACE  the file the notes go to
 *   AKASHI_DISK_LIE    parts of names, separated by commas: syncs of such files are not done although they say so
 *   AKASHI_DISK_ROOM   a file with the number of bytes files may still grow by; while it is missing there is no limit
 *   AKASHI_DISK_CLOCK  a file with the number of seconds the wall clock is off by
 *
 * A note: kind (1 byte), file (4 bytes), number (8), length (8), that many bytes; little-endian.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS 4096
#define NAMES 65536

static pthread_mutex_t turn = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const char *root, *lie, *room, *clock_off;
static size_t root_len;
static int trace = -1;
/* 0: not looked at, -1: not watched, else the file's number. */
static int32_t files[FDS];
static char *paths[FDS];
static struct { char *path; int32_t file; } names[NAMES];
static int name_count;
static int32_t file_count;

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t raw_write(int fd, const void *bytes, size_t len) { return syscall(SYS_write, fd, bytes, len); }

__attribute__((constructor)) static void begin(void) {
    root = getenv("AKASHI_DISK_ROOT");
    lie = getenv("AKASHI_DISK_LIE");
    room = getenv("AKASHI_DISK_ROOM");
    clock_off = getenv("AKASHI_DISK_CLOCK");
    const char *path = getenv("AKASHI_DISK_TRACE");
    root_len = root ? strlen(root) : 0;
    if (path) trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(char kind, int32_t file, uint64_t number, const void *bytes, uint64_t len) {
    if (trace < 0) return;
    unsigned char head[21];
    head[0] = (unsigned char)kind;
    memcpy(head + 1, &file, 4);
    memcpy(head + 5, &number, 8);
    memcpy(head + 13, &len, 8);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, len}};
    if (syscall(SYS_writev, trace, parts, len ? 2 : 1) != (long)(sizeof head + len)) abort();
}

static void note_path(char kind, int32_t file, const char *path) { note(kind, file, 0, path, strlen(path)); }

/* The name below the folder watched, or none. The index SQLite shares in memory does not outlive a crash. */
static const char *below(const char *path) {
    if (!root || !path || strncmp(path, root, root_len) != 0) return NULL;
    if (path[root_len] == 0) return path + root_len;
    size_t len = strlen(path);
    if (path[root_len] != '/' || (len > 4 && strcmp(path + len - 4, "-shm") == 0)) return NULL;
    return path + root_len + 1;
}

static int32_t named(const char *path) {
    for (int i = 0; i < name_count; i++)
        if (names[i].path && strcmp(names[i].path, path) == 0) return names[i].file;
    return 0;
}

static void name(const char *path, int32_t file) {
    for (int i = 0; i < name_count; i++)
        if (names[i].path && strcmp(names[i].path, path) == 0) { names[i].file = file; return; }
    if (name_count == NAMES) abort();
    names[name_count].path = strdup(path);
    names[name_count++].file = file;
}

static void unname(const char *path) {
    for (int i = 0; i < name_count; i++)
        if (names[i].path && strcmp(names[i].path, path) == 0) { free(names[i].path); names[i].path = NULL; }
}

static void watch(int fd, const char *path, int fresh, int flags) {
    if (fd < 0 || fd >= FDS) return;
    files[fd] = -1;
    free(paths[fd]);
    paths[fd] = strdup(path);
    struct stat found;
    if (fstat(fd, &found) != 0) return;
    if (S_ISDIR(found.st_mode)) { files[fd] = 0x7fffffff; return; }
    int32_t file = named(path);
    if (!file) {
        file = ++file_count;
        name(path, file);
        note_path(fresh ? 'C' : 'E', file, path);
    }
    files[fd] = file;
    if ((flags & O_TRUNC) && !fresh) note('T', file, 0, NULL, 0);
}

/* Bytes that may still be added, or -1 without a limit. */
static int64_t space(void) {
    if (!room) return -1;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, room, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return -1;
    char text[32] = {0};
    long got = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    return got > 0 ? atoll(text) : 0;
}

/* Whether a file may grow to `end`; takes the bytes from the room there is. */
static int grows(int fd, uint64_t end) {
    struct stat found;
    if (!room || fstat(fd, &found) != 0 || end <= (uint64_t)found.st_size) return 1;
    int64_t left = space();
    if (left < 0) return 1;
    int64_t more = (int64_t)(end - (uint64_t)found.st_size);
    if (more > left) return 0;
    char text[32];
    int len = snprintf(text, sizeof text, "%lld", (long long)(left - more));
    int out = (int)syscall(SYS_openat, AT_FDCWD, room, O_WRONLY | O_TRUNC | O_CLOEXEC, 0);
    if (out >= 0) { raw_write(out, text, (size_t)len); syscall(SYS_close, out); }
    return 1;
}

static int32_t watched(int fd) { return fd >= 0 && fd < FDS && files[fd] > 0 && files[fd] != 0x7fffffff ? files[fd] : 0; }

static int open_any(int dir, const char *path, int flags, mode_t mode) {
    char whole[4096];
    const char *full = path;
    if (path[0] != '/' && dir == AT_FDCWD && getcwd(whole, sizeof whole - 512)) {
        strcat(whole, "/");
        strncat(whole, path, 500);
        full = whole;
    }
    const char *inside = below(full);
    if (!inside) {
        int fd = (int)syscall(SYS_openat, dir, path, flags, mode);
        if (fd >= 0 && fd < FDS) files[fd] = -1;
        return fd;
    }
    pthread_mutex_lock(&turn);
    struct stat found;
    int fresh = stat(full, &found) != 0;
    int fd = -1;
    if (fresh && (flags & O_CREAT) && space() == 0) errno = ENOSPC;
    else fd = (int)syscall(SYS_openat, dir, path, flags, mode);
    int saved = errno;
    if (fd >= 0) watch(fd, inside, fresh, flags);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return fd;
}

#define OPEN(symbol) \
    int symbol(const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        return open_any(AT_FDCWD, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(symbol) \
    int symbol(int dir, const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        return open_any(dir, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
    pthread_mutex_lock(&turn);
    if (fd >= 0 && fd < FDS) files[fd] = 0;
    int done = (int)syscall(SYS_close, fd);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t len) {
    int32_t file = watched(fd);
    if (!file && fd != 1) return raw_write(fd, bytes, len);
    pthread_mutex_lock(&turn);
    ssize_t done;
    if (!file) {
        /* Told before it is heard: whoever hears it must find it in the notes. */
        note('A', 0, 0, bytes, len);
        done = raw_write(fd, bytes, len);
    } else {
        struct stat found;
        int append = (int)syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND;
        fstat(fd, &found);
        uint64_t at = append ? (uint64_t)found.st_size : (uint64_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
        if (!grows(fd, at + len)) { errno = ENOSPC; done = -1; }
        else done = raw_write(fd, bytes, len);
        int saved = errno;
        if (done > 0) note('W', file, at, bytes, (uint64_t)done);
        errno = saved;
    }
    pthread_mutex_unlock(&turn);
    return done;
}

static ssize_t pwrite_any(int fd, const void *bytes, size_t len, off_t at) {
    int32_t file = watched(fd);
    if (!file) return syscall(SYS_pwrite64, fd, bytes, len, at);
    pthread_mutex_lock(&turn);
    ssize_t done;
    if (!grows(fd, (uint64_t)at + len)) { errno = ENOSPC; done = -1; }
    else done = syscall(SYS_pwrite64, fd, bytes, len, at);
    int saved = errno;
    if (done > 0) note('W', file, (uint64_t)at, bytes, (uint64_t)done);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at) { return pwrite_any(fd, bytes, len, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at) { return pwrite_any(fd, bytes, len, at); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!watched(fd) && fd != 1) return syscall(SYS_writev, fd, parts, count);
    /* A short write is allowed: the first part that is not empty. */
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len) return write(fd, parts[i].iov_base, parts[i].iov_len);
    return 0;
}

static int truncate_any(int fd, off_t len) {
    int32_t file = watched(fd);
    if (!file) return (int)syscall(SYS_ftruncate, fd, len);
    pthread_mutex_lock(&turn);
    int done;
    if (!grows(fd, (uint64_t)len)) { errno = ENOSPC; done = -1; }
    else done = (int)syscall(SYS_ftruncate, fd, len);
    int saved = errno;
    if (done == 0) note('T', file, (uint64_t)len, NULL, 0);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return done;
}
int ftruncate(int fd, off_t len) { return truncate_any(fd, len); }
int ftruncate64(int fd, off_t len) { return truncate_any(fd, len); }

static int allocate(int fd, off_t from, off_t len) {
    struct stat found;
    if (fstat(fd, &found) == 0 && from + len > found.st_size) return truncate_any(fd, from + len);
    return 0;
}
int posix_fallocate(int fd, off_t from, off_t len) { return allocate(fd, from, len) == 0 ? 0 : errno; }
int posix_fallocate64(int fd, off_t from, off_t len) { return posix_fallocate(fd, from, len); }
int fallocate(int fd, int mode, off_t from, off_t len) {
    if (!watched(fd)) return (int)syscall(SYS_fallocate, fd, mode, from, len);
    return allocate(fd, from, len);
}
int fallocate64(int fd, int mode, off_t from, off_t len) { return fallocate(fd, mode, from, len); }

static int lies(const char *path) {
    if (!lie) return 0;
    char list[512];
    snprintf(list, sizeof list, "%s", lie);
    char *rest = NULL;
    for (char *part = strtok_r(list, ",", &rest); part; part = strtok_r(NULL, ",", &rest))
        if (strstr(path, part)) return 1;
    return 0;
}

static int sync_any(int fd, long call) {
    if (fd < 0 || fd >= FDS || files[fd] <= 0) return (int)syscall(call, fd);
    /* The disk is in the notes: nothing has to wait for the real one. */
    pthread_mutex_lock(&turn);
    if (!lies(paths[fd])) {
        if (files[fd] == 0x7fffffff) note_path('D', 0, paths[fd]);
        else note('S', files[fd], 0, NULL, 0);
    }
    pthread_mutex_unlock(&turn);
    return 0;
}
int fsync(int fd) { return sync_any(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_any(fd, SYS_fdatasync); }

int rename(const char *old, const char *new) {
    const char *from = below(old), *to = below(new);
    if (!from || !to) return (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
    pthread_mutex_lock(&turn);
    int done = (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
    int saved = errno;
    if (done == 0) {
        int32_t file = named(from);
        char both[8192];
        int len = snprintf(both, sizeof both, "%s%c%s", from, 0, to);
        note('R', file, 0, both, (uint64_t)len);
        unname(from);
        unname(to);
        if (file) name(to, file);
    }
    pthread_mutex_unlock(&turn);
    errno = saved;
    return done;
}

int unlink(const char *path) {
    const char *inside = below(path);
    if (!inside) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&turn);
    int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    int saved = errno;
    if (done == 0) { note_path('U', 0, inside); unname(inside); }
    pthread_mutex_unlock(&turn);
    errno = saved;
    return done;
}

int mkdir(const char *path, mode_t mode) {
    const char *inside = below(path);
    pthread_mutex_lock(&turn);
    int done;
    if (inside && space() == 0) { errno = ENOSPC; done = -1; }
    else done = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    int saved = errno;
    if (inside && done == 0) note_path('M', 0, inside);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return done;
}

static void *map_any(void *at, size_t len, int prot, int flags, int fd, off_t from) {
    /* Writes through a mapping would not be seen. */
    if (watched(fd) && (prot & PROT_WRITE) && (flags & MAP_SHARED)) note_path('X', 0, "a shared mapping for writing");
    return (void *)syscall(SYS_mmap, at, len, prot, flags, fd, from);
}
void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t from) { return map_any(at, len, prot, flags, fd, from); }
void *mmap64(void *at, size_t len, int prot, int flags, int fd, off_t from) { return map_any(at, len, prot, flags, fd, from); }

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t len, unsigned flags) {
    if (watched(out)) { errno = ENOSYS; return -1; }
    return syscall(SYS_copy_file_range, in, from, out, to, len, flags);
}

int clock_gettime(clockid_t which, struct timespec *now) {
    REAL("clock_gettime", int, clockid_t, struct timespec *);
    int done = real ? real(which, now) : (int)syscall(SYS_clock_gettime, which, now);
    if (done != 0 || which != CLOCK_REALTIME || !clock_off) return done;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, clock_off, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return done;
    char text[32] = {0};
    if (syscall(SYS_read, fd, text, sizeof text - 1) > 0) now->tv_sec += atoll(text);
    syscall(SYS_close, fd);
    return done;
}
