/* The WASI calls of the C library, implemented inside the guest, so that the module imports nothing
 * of WASI. Signatures follow WASI preview 1 (witx) as declared by wasi-libc. */
#include <stdint.h>

#define WASI(name) __imported_wasi_snapshot_preview1_##name
#define ERRNO_SUCCESS 0
#define ERRNO_BADF 8

/* The compiler's own close() imports fd_close despite these declarations. */
int close(int fd);

int64_t caisson_clock_us(void);

int32_t WASI(clock_time_get)(int32_t clock, int64_t precision, int32_t out);
int32_t WASI(fd_close)(int32_t fd);
int32_t WASI(fd_fdstat_get)(int32_t fd, int32_t out);
int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t out);
int32_t WASI(fd_write)(int32_t fd, int32_t vectors, int32_t count, int32_t out);
_Noreturn void WASI(proc_exit)(int32_t status);

int32_t WASI(clock_time_get)(int32_t clock, int64_t precision, int32_t out)
{
    (void)clock;
    (void)precision;
    *(int64_t *)(intptr_t)out = caisson_clock_us() * 1000;
    return ERRNO_SUCCESS;
}

int32_t WASI(fd_close)(int32_t fd)
{
    (void)fd;
    return ERRNO_BADF;
}

int close(int fd)
{
    (void)fd;
    return -1;
}

int32_t WASI(fd_fdstat_get)(int32_t fd, int32_t out)
{
    (void)fd;
    (void)out;
    return ERRNO_BADF;
}

int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t out)
{
    (void)fd;
    (void)offset;
    (void)whence;
    (void)out;
    return ERRNO_BADF;
}

int32_t WASI(fd_write)(int32_t fd, int32_t vectors, int32_t count, int32_t out)
{
    (void)fd;
    (void)vectors;
    (void)count;
    (void)out;
    return ERRNO_BADF;
}

_Noreturn void WASI(proc_exit)(int32_t status)
{
    (void)status;
    __builtin_trap();
}
