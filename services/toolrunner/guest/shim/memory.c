/* The engine's allocator: the C library's, plus the JavaScript heap limit, a record of failed
 * allocations, and a reserve that is released on failure so that it can still be reported.
 * JS_SetMemoryLimit alone is not enough: it fails without notifying the shim, and leaves no room
 * for the report. */
#include <malloc.h>
#include <stdlib.h>

#include "guest.h"

#define RESERVE_BYTES (128 * 1024)
#define MOST_REFUSALS 1000

static int failure_kind = CAISSON_EMIT_FAILURE;
static void *reserve;
static size_t allocated;
static size_t heap_limit = SIZE_MAX;
static size_t heap_in_reserve;
static unsigned refusals;

/* Returns whether the heap may grow. If not, releases the reserve so that this can be reported. */
static bool may_grow(size_t bytes)
{
    if (allocated <= heap_limit && bytes <= heap_limit - allocated)
        return true;
    if (failure_kind == CAISSON_EMIT_FAILURE)
        failure_kind = CAISSON_EMIT_HEAP_FAILURE;
    heap_limit += heap_in_reserve;
    heap_in_reserve = 0;
    refusals++;
    return false;
}

static void *note(void *block)
{
    if (block) {
        allocated += malloc_usable_size(block);
        return block;
    }
    failure_kind = CAISSON_EMIT_OOM_FAILURE;
    refusals++;
    free(reserve);
    reserve = NULL;
    return NULL;
}

static void *allocate_zeroed(void *opaque, size_t count, size_t size)
{
    (void)opaque;
    return may_grow(count * size) ? note(calloc(count, size)) : NULL;
}

static void *allocate(void *opaque, size_t size)
{
    (void)opaque;
    return may_grow(size) ? note(malloc(size)) : NULL;
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
    if (size > before && !may_grow(size - before))
        return NULL;
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

/* Returns the kind of failure to report now. */
int caisson_failure_kind(void)
{
    return failure_kind;
}

size_t caisson_allocated_bytes(void)
{
    return allocated;
}

/* Returns whether the work continues although memory ran out: the engine silently drops a microtask
 * that it has no room for, so a program may never notice. */
bool caisson_is_starved(void)
{
    return refusals > MOST_REFUSALS;
}

void caisson_reserve_memory(void)
{
    failure_kind = CAISSON_EMIT_FAILURE;
    if (!reserve)
        reserve = malloc(RESERVE_BYTES);
}

/* Limits the heap from now on and clears earlier failures. Returns false when the heap is already
 * larger. */
bool caisson_limit_heap(size_t bytes)
{
    failure_kind = CAISSON_EMIT_FAILURE;
    heap_in_reserve = RESERVE_BYTES;
    refusals = 0;
    heap_limit = bytes > RESERVE_BYTES ? bytes - RESERVE_BYTES : 0;
    return may_grow(0);
}
