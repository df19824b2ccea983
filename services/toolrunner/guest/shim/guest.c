/* The guest's entries: boot once, load one program, then one call from a copy of that state.
 *
 * The host writes each entry's input with caisson_input() and reads answers from the emit import.
 * All state is in linear memory, so that a copy of the memory is a copy of the guest. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* Room to grow before the first collection of a call, which would touch the whole heap and so
 * copy every page of the image. */
#define CALL_GC_ROOM_BYTES (16 * 1024 * 1024)

static JSRuntime *runtime;
static JSContext *context;
static JSValue handlers = JS_UNDEFINED;
static caisson_limits limits;
static char *input;
static size_t input_length;

static JSValue math_random(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self;
    (void)argc;
    (void)argv;
    return JS_NewFloat64(ctx, caisson_random_double());
}

static void emit_text(int kind, const char *text)
{
    caisson_host_emit(kind, text, strlen(text));
}

/* The last resort when the prelude itself cannot report: allocates nothing. */
static int64_t emit_fallback(void)
{
    int kind = caisson_failure_kind();

    JS_FreeValue(context, JS_GetException(context));
    if (kind != CAISSON_EMIT_FAILURE)
        emit_text(kind,
                  "{\"kind\":\"THROWN\",\"message\":\"out of memory\",\"name\":\"InternalError\",\"stack\":\"\"}");
    else
        emit_text(CAISSON_EMIT_FAILURE,
                  "{\"kind\":\"THROWN\",\"message\":\"the error could not be reported\",\"name\":\"\",\"stack\":\"\"}");
    return CAISSON_FINISHED;
}

/* Drops the input, and its bytes, so that no image keeps them. */
static void drop_input(void)
{
    if (input)
        memset(input, 0, input_length + 1);
    free(input);
    input = NULL;
    input_length = 0;
}

/* Takes the input after its first bytes, which were already read. */
static JSValue take_input(size_t read)
{
    JSValue text = input && input_length > read
                       ? JS_NewStringLen(context, input + read, input_length - read)
                       : JS_NewString(context, "");

    drop_input();
    return text;
}

static void enter(int64_t now_us)
{
    JS_UpdateStackTop(runtime);
    caisson_set_clock(now_us);
}

static JSValue invoke(const char *handler, int argc, JSValue *argv)
{
    JSValue function;
    JSValue result;

    if (argc > 0 && JS_IsException(argv[0]))
        return JS_EXCEPTION; /* there was no room for the input */
    function = JS_GetPropertyStr(context, handlers, handler);
    result = JS_Call(context, function, JS_UNDEFINED, argc, (JSValueConst *)argv);
    JS_FreeValue(context, function);
    for (int i = 0; i < argc; i++)
        JS_FreeValue(context, argv[i]);
    return result;
}

static void drain_microtasks(void)
{
    JSContext *job_context;
    int status;

    /* What a WeakRef gave lives until no job is left; releasing it may enqueue new ones. */
    do {
        while ((status = JS_ExecutePendingJob(runtime, &job_context)) != 0) {
            if (status < 0)
                JS_FreeValue(job_context, JS_GetException(job_context));
        }
    } while (JS_ClearKeptObjects(runtime));
}

/* Runs microtasks and due timers until the work is finished or must wait for the host. */
static int64_t settle(JSValue started)
{
    int64_t wake;

    for (;;) {
        JSValue answer;

        if (JS_IsException(started))
            return emit_fallback();
        JS_FreeValue(context, started);
        drain_microtasks();
        answer = invoke("wake", 0, NULL);
        if (JS_IsException(answer) || JS_ToInt64(context, &wake, answer))
            return emit_fallback();
        JS_FreeValue(context, answer);
        if (wake == CAISSON_FINISHED && !caisson_answered)
            return emit_fallback(); /* there was no memory for the report */
        if (wake != 0)
            return wake;
        started = invoke("tick", 0, NULL);
    }
}

/* Applies the limits at the start of the input, and passes on those that the prelude enforces. */
static JSValue apply_limits(void)
{
    JSValue counts[3];
    size_t allocated = caisson_allocated_bytes();

    if (input && input_length >= sizeof(limits))
        memcpy(&limits, input, sizeof(limits));
    if (!caisson_limit_heap(limits.heap_bytes))
        return JS_EXCEPTION;
    JS_SetMaxStackSize(runtime, limits.stack_bytes < CAISSON_STACK_BYTES ? limits.stack_bytes
                                                                          : CAISSON_STACK_BYTES);
    /* Collect garbage before reporting a full heap. */
    if (limits.heap_bytes > allocated && limits.heap_bytes - allocated < 2 * CALL_GC_ROOM_BYTES)
        JS_SetGCThreshold(runtime, allocated + (limits.heap_bytes - allocated) / 2);
    counts[0] = JS_NewUint32(context, limits.timers);
    counts[1] = JS_NewUint32(context, limits.host_calls);
    counts[2] = JS_NewUint32(context, limits.host_calls_in_flight);
    return invoke("limit", 3, counts);
}

/* Starts a piece of work with its own limits, clock and random seed. */
static JSValue begin(int64_t now_us, const uint64_t seed[4])
{
    enter(now_us);
    caisson_answered = false;
    caisson_seed_random(seed);
    return apply_limits();
}

/* Returns where the host writes the next entry's input, or 0 when out of memory. */
CAISSON_EXPORT("caisson_input") char *caisson_input(size_t length)
{
    drop_input();
    if (length >= SIZE_MAX - 1)
        return NULL;
    input = malloc(length + 1);
    if (input) {
        input_length = length;
        input[length] = 0;
    }
    return input;
}

/* The engine polls whether to continue; what it throws otherwise cannot be caught. */
static int is_to_stop(JSRuntime *of, void *opaque)
{
    (void)of;
    (void)opaque;
    return caisson_is_starved();
}

/* Input: where the prelude's data lies, then the prelude's text. */
CAISSON_EXPORT("caisson_boot") int32_t caisson_boot(int64_t now_us)
{
    caisson_data_place place;
    JSValue factory;
    JSValue native;
    JSValue math;
    JSValue global;

    if (!input || input_length < sizeof(place))
        return CAISSON_BOOT_FAILED;
    memcpy(&place, input, sizeof(place));
    caisson_set_data((const uint8_t *)(uintptr_t)place.at, place.length);
    caisson_set_clock(now_us);
    runtime = JS_NewRuntime2(&caisson_allocator, NULL);
    if (!runtime)
        return CAISSON_BOOT_FAILED;
    JS_SetMaxStackSize(runtime, CAISSON_STACK_BYTES);
    JS_UpdateStackTop(runtime);
    JS_SetInterruptHandler(runtime, is_to_stop, NULL);
    context = JS_NewContext(runtime);
    if (!context)
        return CAISSON_BOOT_FAILED;
    caisson_install_modules(context);
    global = JS_GetGlobalObject(context);
    math = JS_GetPropertyStr(context, global, "Math");
    JS_DefinePropertyValueStr(context, math, "random",
                              JS_NewCFunction(context, math_random, "random", 0),
                              JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
    JS_FreeValue(context, math);
    JS_FreeValue(context, global);
    factory = JS_Eval(context, input + sizeof(place), input_length - sizeof(place), "caisson:prelude",
                      JS_EVAL_TYPE_GLOBAL);
    drop_input();
    native = caisson_new_native(context);
    handlers = JS_Call(context, factory, JS_UNDEFINED, 1, (JSValueConst *)&native);
    JS_FreeValue(context, native);
    JS_FreeValue(context, factory);
    if (JS_IsException(handlers)) {
        JSValue error = JS_GetException(context);
        const char *text = JS_ToCString(context, error);

        if (text)
            emit_text(CAISSON_EMIT_FAILURE, text);
        return CAISSON_BOOT_FAILED;
    }
    drain_microtasks();
    JS_RunGC(runtime);
    caisson_reserve_memory();
    JS_SetFreeBlocksAside(runtime);
    return CAISSON_BOOT_OK;
}

/* Makes a collection unlikely in a short call: it would touch every page of the heap. */
static void make_room_for_calls(void)
{
    JS_RunGC(runtime);
    JS_SetGCThreshold(runtime, caisson_allocated_bytes() + CALL_GC_ROOM_BYTES);
}

static int64_t finish_load(int64_t wake)
{
    if (wake == CAISSON_FINISHED) {
        make_room_for_calls();
        caisson_reserve_memory();
        JS_SetFreeBlocksAside(runtime);
    }
    return wake;
}

static bool loading;

/* Input: the limits, then the program's text; the prelude also gets its length in bytes. */
CAISSON_EXPORT("caisson_load")
int64_t caisson_load(int32_t how, int64_t now_us, uint64_t s0, uint64_t s1, uint64_t s2, uint64_t s3)
{
    JSValue arguments[4];
    size_t length = input_length - sizeof(limits);
    JSValue begun = begin(now_us, (const uint64_t[4]){s0, s1, s2, s3});

    if (JS_IsException(begun))
        return emit_fallback();
    loading = true;
    arguments[0] = take_input(sizeof(limits));
    arguments[1] = JS_NewBool(context, (how & CAISSON_LOAD_MODULE) != 0);
    arguments[2] = JS_NewInt64(context, (int64_t)length);
    arguments[3] = JS_NewBool(context, (how & CAISSON_LOAD_RECOVER) != 0);
    return finish_load(settle(invoke("load", 4, arguments)));
}

/* Input: the limits, then the call's envelope, JSON. */
CAISSON_EXPORT("caisson_call")
int64_t caisson_call(int64_t now_us, uint64_t s0, uint64_t s1, uint64_t s2, uint64_t s3)
{
    JSValue envelope;
    JSValue begun = begin(now_us, (const uint64_t[4]){s0, s1, s2, s3});

    if (JS_IsException(begun))
        return emit_fallback();
    loading = false;
    envelope = take_input(sizeof(limits));
    return settle(invoke("call", 1, &envelope));
}

/* Input: host results, JSON. */
CAISSON_EXPORT("caisson_resume") int64_t caisson_resume(int64_t now_us)
{
    JSValue results;
    int64_t wake;

    enter(now_us);
    results = take_input(0);
    wake = settle(invoke("resume", 1, &results));
    return loading ? finish_load(wake) : wake;
}
