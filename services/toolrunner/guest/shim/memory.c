/* The engine's allocator: the C library's, plus a flag that an allocation has failed and a reserve
 * that is given back then, so that the failure can still be reported. */
#include <malloc.h>
#include <stdlib.h>

#include "guest.h"

#define RESERVE_BYTES (128 * 1024)

static bool out_of_memory;
static void *reserve;
static size_t allocated;

static void *note(void *block)
{
    if (block) {
        allocated += malloc_usable_size(block);
        return block;
    }
    out_of_memory = true;
    free(reserve);
    reserve = NULL;
    return NULL;
}

static void *allocate_zeroed(void *opaque, size_t count, size_t size)
{
    (void)opaque;
    return note(calloc(count, size));
}

static void *allocate(void *opaque, size_t size)
{
    (void)opaque;
    return note(malloc(size));
}

static void release(void *opaque, void *block)
{
    (void)opaque;
    if (block)
        allocated -= malloc_usable_size(block);
    free(block);
}

static void *reallocate(void *opaque, void *block, size_t size)
{
    size_t before = block ? malloc_usable_size(block) : 0;
    void *moved;

    if (size == 0) {
        release(opaque, block);
        return NULL;
    }
    moved = note(realloc(block, size));
    if (moved)
        allocated -= before;
    return moved;
}

static size_t usable_size(const void *block)
{
    return malloc_usable_size((void *)block);
}

const JSMallocFunctions caisson_allocator = {
    allocate_zeroed, allocate, release, reallocate, usable_size,
};

bool caisson_out_of_memory(void)
{
    return out_of_memory;
}

size_t caisson_allocated_bytes(void)
{
    return allocated;
}

void caisson_reserve_memory(void)
{
    out_of_memory = false;
    if (!reserve)
        reserve = malloc(RESERVE_BYTES);
}
