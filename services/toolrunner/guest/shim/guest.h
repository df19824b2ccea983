/* Declarations shared by the files of the shim. */
#ifndef CAISSON_GUEST_H
#define CAISSON_GUEST_H

#include <stdbool.h>

#include "abi.h"
#include "quickjs.h"

/* clock.c: microseconds since the epoch, set by the host on every entry and frozen within it. */
void caisson_set_clock(int64_t now_us);

/* random.c: a ChaCha20 stream, seeded by the host on every load and call. */
void caisson_seed_random(const uint64_t seed[4]);
void caisson_random_bytes(uint8_t *out, size_t length);
double caisson_random_double(void);

/* memory.c: the engine's allocator, which enforces the heap limit and records failures. */
extern const JSMallocFunctions caisson_allocator;
int caisson_failure_kind(void);
size_t caisson_allocated_bytes(void);
void caisson_reserve_memory(void);
bool caisson_limit_heap(size_t bytes);
bool caisson_is_starved(void);

/* modules.c: a JavaScript resolver answers imports. */
void caisson_install_modules(JSContext *ctx);
JSValue caisson_set_resolver(JSContext *ctx, JSValueConst resolver);
JSValue caisson_eval_module(JSContext *ctx, const char *source, size_t length, const char *name,
                            int flags);

/* data.c: what the prelude unpacks when it needs it; the host puts it behind the initial memory. */
void caisson_set_data(const uint8_t *bytes, size_t length);
JSValue caisson_data_buffer(JSContext *ctx);
JSValue caisson_eval_data(JSContext *ctx, size_t start, size_t length, const char *name);

/* derive.c: pbkdf2(bits of the hash, password, salt, rounds, size) and scrypt(password, salt, n, r, p,
 * size), of Uint8Arrays; they return an ArrayBuffer. */
JSValue caisson_pbkdf2(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv);
JSValue caisson_scrypt(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv);

/* native.c: the object passed to the prelude, which nothing else can reach; and whether the prelude
 * has told the host how the work ended. */
JSValue caisson_new_native(JSContext *ctx);
extern bool caisson_answered;

#endif
