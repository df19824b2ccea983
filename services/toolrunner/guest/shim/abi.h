/* The guest's ABI: all that crosses the sandbox boundary, as bytes and integers.
 *
 * services/toolrunner/sandbox/abi.py mirrors the numbers of this file; a test compares the two. */
#ifndef CAISSON_ABI_H
#define CAISSON_ABI_H

#include <stddef.h>
#include <stdint.h>

/* Kinds of message from the guest to the host. */
#define CAISSON_EMIT_RESULT 1     /* JSON text of what the tool returned */
#define CAISSON_EMIT_FAILURE 2    /* JSON {"kind","message","name","stack"} */
#define CAISSON_EMIT_HOST_CALL 3  /* JSON {"id","capability","input"} */
#define CAISSON_EMIT_LOADED 4     /* the program's top level is done: empty, or JSON as FAILURE
                                   * with "faults" and "agents" when it failed halfway */
#define CAISSON_EMIT_OOM_FAILURE 5 /* as FAILURE, after an allocation had failed */
#define CAISSON_EMIT_HEAP_FAILURE 6 /* as FAILURE, after the heap limit was met */
#define CAISSON_EMIT_FAILURE_DRAFT 7 /* as FAILURE; holds if the guest is stopped before another */
#define CAISSON_EMIT_MODEL_OUTPUT 8 /* before RESULT: JSON text of what the model is shown of it */
#define CAISSON_EMIT_LOAD_READS 9 /* while a program loads: JSON {"env": name or null for all} or {"fetch": true} */
#define CAISSON_EMIT_CONSOLE_DEBUG 11
#define CAISSON_EMIT_CONSOLE_LOG 12
#define CAISSON_EMIT_CONSOLE_INFO 13
#define CAISSON_EMIT_CONSOLE_WARN 14
#define CAISSON_EMIT_CONSOLE_ERROR 15

/* What an entry returns instead of milliseconds until the next timer. */
#define CAISSON_FINISHED (-1)     /* a RESULT, FAILURE or LOADED was emitted */
#define CAISSON_WAITS_FOR_HOST (-2)

/* How caisson_load evaluates a program. */
#define CAISSON_LOAD_MODULE 1     /* as a module, otherwise as a script */
#define CAISSON_LOAD_RECOVER 2    /* go on after a statement of the top level that fails */

/* What caisson_boot returns. */
#define CAISSON_BOOT_OK 0
#define CAISSON_BOOT_FAILED 1

/* The input of caisson_load and caisson_call starts with these limits, little-endian. */
typedef struct {
    uint32_t heap_bytes;
    uint32_t stack_bytes;
    uint32_t timers;
    uint32_t host_calls;
    uint32_t host_calls_in_flight;
} caisson_limits;
#define CAISSON_LIMITS_BYTES 20
/* The maximum of stack_bytes. It is less than the shadow stack that the linker reserves (see
 * build.py), so that the engine's own check triggers first and a program gets a readable error. */
#define CAISSON_STACK_BYTES 5242880

#define CAISSON_EXPORT(name) __attribute__((export_name(name)))

/* The one host function. The host checks kind, pointer and length, and copies the bytes once. */
__attribute__((import_module("caisson"), import_name("emit")))
void caisson_host_emit(int32_t kind, const char *text, size_t length);

#endif
