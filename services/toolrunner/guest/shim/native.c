/* The prelude's access to the host: an object of functions, passed to the prelude as an
 * argument and never stored where a program could find it. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* The limit of crypto.getRandomValues (Web Cryptography API, section 10.1.1). */
#define MAX_RANDOM_BYTES 65536

bool caisson_answered = true; /* no work has begun */

static JSValue native_emit(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int32_t kind;
    size_t length;
    const char *text;

    (void)self;
    (void)argc;
    if (JS_ToInt32(ctx, &kind, argv[0]))
        return JS_EXCEPTION;
    text = JS_ToCStringLen(ctx, &length, argv[1]);
    if (!text)
        return JS_EXCEPTION;
    if (kind == CAISSON_EMIT_FAILURE)
        kind = caisson_failure_kind();
    else if (kind == CAISSON_EMIT_LOADED && length > 0 && caisson_failure_kind() != CAISSON_EMIT_FAILURE)
        kind = caisson_failure_kind(); /* what ran out of memory lost more than it says */
    else if (kind == CAISSON_EMIT_FAILURE_DRAFT && caisson_failure_kind() != CAISSON_EMIT_FAILURE)
        kind = caisson_failure_kind();
    caisson_host_emit(kind, text, length);
    if (kind == CAISSON_EMIT_RESULT || kind == CAISSON_EMIT_LOADED || kind == CAISSON_EMIT_FAILURE ||
        kind == CAISSON_EMIT_OOM_FAILURE || kind == CAISSON_EMIT_HEAP_FAILURE)
        caisson_answered = true;
    JS_FreeCString(ctx, text);
    return JS_UNDEFINED;
}

static char *kept_source; /* of the program whose statements fail one by one */
static size_t kept_length;

static void keep_source(JSContext *ctx, const char *source, size_t length)
{
    js_free_rt(JS_GetRuntime(ctx), kept_source);
    kept_source = source ? js_malloc_rt(JS_GetRuntime(ctx), length) : NULL;
    kept_length = kept_source ? length : 0;
    if (kept_source)
        memcpy(kept_source, source, length);
}

/* The text of a failed statement: (begin, end), in bytes of the source. */
static JSValue native_statement(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    uint32_t begin, end;

    (void)self;
    (void)argc;
    if (JS_ToUint32(ctx, &begin, argv[0]) || JS_ToUint32(ctx, &end, argv[1]))
        return JS_EXCEPTION;
    if (begin > end || end > kept_length)
        return JS_UNDEFINED;
    return JS_NewStringLen(ctx, kept_source + begin, end - begin);
}

static JSValue native_forget_source(JSContext *ctx, JSValueConst self, int argc,
                                    JSValueConst *argv)
{
    (void)self;
    (void)argc;
    (void)argv;
    keep_source(ctx, NULL, 0);
    return JS_UNDEFINED;
}

/* Variables of the running function of a file: (name, file); those that a function captured, if it is
 * of that file: (function, file). Lists of names and values. */
static JSValue native_running_variables(JSContext *ctx, JSValueConst self, int argc,
                                        JSValueConst *argv)
{
    JSAtom name = JS_ValueToAtom(ctx, argv[0]);
    JSAtom file = JS_ValueToAtom(ctx, argv[1]);
    JSValue variables = JS_GetRunningVariables(ctx, name, file);

    (void)self;
    (void)argc;
    JS_FreeAtom(ctx, file);
    JS_FreeAtom(ctx, name);
    return variables;
}

static JSValue native_running_functions(JSContext *ctx, JSValueConst self, int argc,
                                        JSValueConst *argv)
{
    (void)self;
    (void)argc;
    (void)argv;
    return JS_GetRunningFunctions(ctx);
}

static JSValue native_captured_variables(JSContext *ctx, JSValueConst self, int argc,
                                         JSValueConst *argv)
{
    JSAtom file = JS_ValueToAtom(ctx, argv[1]);
    JSValue variables = JS_GetCapturedVariables(ctx, argv[0], file);

    (void)self;
    (void)argc;
    JS_FreeAtom(ctx, file);
    return variables;
}

static JSValue native_was_thrown(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)ctx;
    (void)self;
    (void)argc;
    return JS_NewBool(ctx, JS_WasThrown(argv[0]));
}

static JSValue evaluate(JSContext *ctx, JSValueConst *argv, bool is_module)
{
    size_t length;
    const char *source = JS_ToCStringLen(ctx, &length, argv[0]);
    const char *name = source ? JS_ToCString(ctx, argv[1]) : NULL;
    int flags = JS_ToBool(ctx, argv[2]) ? JS_EVAL_FLAG_RECOVER : 0;
    JSValue result = JS_EXCEPTION;

    if (source && flags)
        keep_source(ctx, source, length);
    if (name && is_module)
        result = caisson_eval_module(ctx, source, length, name, flags);
    else if (name)
        result = JS_Eval(ctx, source, length, name, JS_EVAL_TYPE_GLOBAL | flags);
    JS_FreeCString(ctx, name);
    JS_FreeCString(ctx, source);
    return result;
}

static JSValue native_eval_script(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self;
    (void)argc;
    return evaluate(ctx, argv, false);
}

static JSValue native_eval_module(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self;
    (void)argc;
    return evaluate(ctx, argv, true);
}

/* (start, length, name) */
static JSValue native_eval_data(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    uint32_t start, length;
    const char *name;
    JSValue result;

    (void)self;
    (void)argc;
    if (JS_ToUint32(ctx, &start, argv[0]) || JS_ToUint32(ctx, &length, argv[1]))
        return JS_EXCEPTION;
    name = JS_ToCString(ctx, argv[2]);
    result = name ? caisson_eval_data(ctx, start, length, name) : JS_EXCEPTION;
    JS_FreeCString(ctx, name);
    return result;
}

static JSValue native_data(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self;
    (void)argc;
    (void)argv;
    return caisson_data_buffer(ctx);
}

static JSValue native_set_resolver(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self;
    (void)argc;
    return caisson_set_resolver(ctx, argv[0]);
}

/* Reports promises rejected without a handler, and those that get one later, to the prelude:
 * function (promise, reason, handled). */
static void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason,
                            bool is_handled, void *opaque)
{
    JSValueConst arguments[3] = {promise, reason, JS_NewBool(ctx, is_handled)};
    JSValue result = JS_Call(ctx, *(JSValue *)opaque, JS_UNDEFINED, 3, arguments);

    if (JS_IsException(result))
        JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValue(ctx, result);
}

static JSValue native_set_rejection_tracker(JSContext *ctx, JSValueConst self, int argc,
                                            JSValueConst *argv)
{
    static JSValue tracker = JS_UNDEFINED;

    (void)self;
    (void)argc;
    JS_FreeValue(ctx, tracker);
    tracker = JS_DupValue(ctx, argv[0]);
    JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), track_rejection, &tracker);
    return JS_UNDEFINED;
}

static JSValue interruption_watcher = JS_UNDEFINED;

static void tell_interruption(JSContext *ctx, JSValueConst error, const JSInterruption *at)
{
    int numbers[4] = {at->line, at->column, at->function_line, at->function_column};
    JSValueConst arguments[7] = {error, at->function, JS_NewBool(ctx, at->is_caught)};
    JSValue watcher = JS_DupValue(ctx, interruption_watcher); /* it may end the watch */
    JSValue result;

    for (int i = 0; i < 4; i++)
        arguments[3 + i] = JS_NewInt32(ctx, numbers[i]);
    result = JS_Call(ctx, watcher, JS_UNDEFINED, 7, arguments);
    if (JS_IsException(result))
        JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValue(ctx, result);
    JS_FreeValue(ctx, watcher);
}

/* Tells a function of the prelude what exceptions interrupt: (file, function), or no function to end
 * that. It gets (error, interrupted, is caught, line, column, line and column of the interrupted). */
static JSValue native_watch_interruptions(JSContext *ctx, JSValueConst self, int argc,
                                          JSValueConst *argv)
{
    static JSAtom file = JS_ATOM_NULL; /* of the only program, so that it is kept once */
    bool is_watched = JS_IsFunction(ctx, argv[1]);

    (void)self;
    (void)argc;
    if (file == JS_ATOM_NULL)
        file = JS_ValueToAtom(ctx, argv[0]);
    JS_FreeValue(ctx, interruption_watcher);
    interruption_watcher = is_watched ? JS_DupValue(ctx, argv[1]) : JS_UNDEFINED;
    JS_WatchInterruptions(ctx, file, is_watched ? tell_interruption : NULL);
    return JS_UNDEFINED;
}

static JSValue native_random_bytes(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    uint8_t bytes[1024];
    uint32_t length;
    uint8_t *out = bytes;
    JSValue buffer;

    (void)self;
    (void)argc;
    if (JS_ToUint32(ctx, &length, argv[0]))
        return JS_EXCEPTION;
    if (length > MAX_RANDOM_BYTES)
        return JS_ThrowRangeError(ctx, "at most %d random bytes at a time", MAX_RANDOM_BYTES);
    if (length > sizeof(bytes)) {
        out = js_malloc(ctx, length);
        if (!out)
            return JS_EXCEPTION;
    }
    caisson_random_bytes(out, length);
    buffer = JS_NewArrayBufferCopy(ctx, out, length);
    if (out != bytes)
        js_free(ctx, out);
    return buffer;
}

static JSValue native_async_context(JSContext *ctx, JSValueConst self, int argc,
                                    JSValueConst *argv)
{
    (void)self;
    (void)argc;
    (void)argv;
    return JS_GetAsyncContext(JS_GetRuntime(ctx));
}

static JSValue native_set_async_context(JSContext *ctx, JSValueConst self, int argc,
                                        JSValueConst *argv)
{
    (void)self;
    (void)argc;
    JS_SetAsyncContext(JS_GetRuntime(ctx), JS_DupValue(ctx, argv[0]));
    return JS_UNDEFINED;
}

/* Waits for a promise without looking up any of its properties: (promise, fulfilled, rejected).
 * Returns false, and does nothing, for other values. */
static JSValue native_observe(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self;
    (void)argc;
    if (!JS_IsPromise(argv[0]))
        return JS_FALSE;
    if (JS_PerformPromiseThen(ctx, argv[0], argv + 1) < 0)
        return JS_EXCEPTION;
    return JS_TRUE;
}

/* Conditions and strict comparisons of bundles ask this object's Symbol.toPrimitive first. */
static JSValue native_answers_nothing(JSContext *ctx, JSValueConst self, int argc,
                                      JSValueConst *argv)
{
    (void)self;
    (void)argc;
    JS_SetNoAnswer(ctx, argv[0]);
    return JS_UNDEFINED;
}

/* What replaces members of this object from now on, the prelude does not see. */
static JSValue native_protect(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self;
    (void)argc;
    JS_ProtectMembers(ctx, argv[0]);
    return JS_UNDEFINED;
}

/* Adds a member to the list's values and, if it is an object that no one calls, to those inside. */
static bool add_member(JSContext *ctx, JSPropertyDescriptor *member, JSValue *values, uint32_t *count,
                       JSValueConst inside)
{
    bool is_accessor = member->flags & JS_PROP_GETSET;
    int64_t length;

    values[(*count)++] = is_accessor ? member->getter : member->value;
    if (is_accessor) {
        values[(*count)++] = member->setter;
        return true;
    }
    if (!JS_IsObject(member->value) || JS_IsFunction(ctx, member->value))
        return true;
    return JS_GetLength(ctx, inside, &length) == 0 &&
           JS_DefinePropertyValueUint32(ctx, inside, length, JS_DupValue(ctx, member->value), JS_PROP_C_W_E) >= 0;
}

/* An object's own members, without asking any getter: (object, most of them, inside). A list of each one's key, and
 * its value, or getter and setter; objects among the values are added to the list `inside`. */
static JSValue native_members(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    JSPropertyEnum *keys;
    JSValue *values, list = JS_EXCEPTION;
    uint32_t length, most, at = 0, count = 0;

    (void)self;
    (void)argc;
    if (JS_ToUint32(ctx, &most, argv[1]) ||
        JS_GetOwnPropertyNames(ctx, &keys, &length, argv[0], JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK))
        return JS_EXCEPTION;
    most = length < most ? length : most;
    values = js_malloc(ctx, (3 * most + 1) * sizeof(*values));
    for (; values && at < most; at++) {
        JSPropertyDescriptor member = {0, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED};

        if (JS_GetOwnProperty(ctx, &member, argv[0], keys[at].atom) < 0)
            break;
        values[count++] = JS_AtomToValue(ctx, keys[at].atom);
        if (!add_member(ctx, &member, values, &count, argv[2]))
            break;
    }
    if (values && at == most)
        list = JS_NewArrayFrom(ctx, count, values);
    else
        while (count > 0)
            JS_FreeValue(ctx, values[--count]);
    js_free(ctx, values);
    JS_FreePropertyEnum(ctx, keys, length);
    return list;
}

/* Whether two lists that the prelude made hold the same values. */
static JSValue native_is_same_list(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    int64_t length, other;
    bool is_same;

    (void)self;
    (void)argc;
    if (JS_GetLength(ctx, argv[0], &length) || JS_GetLength(ctx, argv[1], &other))
        return JS_EXCEPTION;
    is_same = length == other;
    for (uint32_t at = 0; is_same && at < length; at++) {
        JSValue left = JS_GetPropertyUint32(ctx, argv[0], at);
        JSValue right = JS_GetPropertyUint32(ctx, argv[1], at);

        is_same = JS_IsSameValue(ctx, left, right);
        JS_FreeValue(ctx, left);
        JS_FreeValue(ctx, right);
    }
    return JS_NewBool(ctx, is_same);
}

static const JSCFunctionListEntry native_functions[] = {
    JS_CFUNC_DEF("emit", 2, native_emit),
    JS_CFUNC_DEF("evalScript", 3, native_eval_script),
    JS_CFUNC_DEF("evalModule", 3, native_eval_module),
    JS_CFUNC_DEF("evalData", 3, native_eval_data),
    JS_CFUNC_DEF("data", 0, native_data),
    JS_CFUNC_DEF("setModuleResolver", 1, native_set_resolver),
    JS_CFUNC_DEF("setRejectionTracker", 1, native_set_rejection_tracker),
    JS_CFUNC_DEF("watchInterruptions", 2, native_watch_interruptions),
    JS_CFUNC_DEF("randomBytes", 1, native_random_bytes),
    JS_CFUNC_DEF("pbkdf2", 5, caisson_pbkdf2),
    JS_CFUNC_DEF("scrypt", 6, caisson_scrypt),
    JS_CFUNC_DEF("asyncContext", 0, native_async_context),
    JS_CFUNC_DEF("setAsyncContext", 1, native_set_async_context),
    JS_CFUNC_DEF("observe", 3, native_observe),
    JS_CFUNC_DEF("answersNothing", 1, native_answers_nothing),
    JS_CFUNC_DEF("statement", 2, native_statement),
    JS_CFUNC_DEF("forgetSource", 0, native_forget_source),
    JS_CFUNC_DEF("runningVariables", 2, native_running_variables),
    JS_CFUNC_DEF("runningFunctions", 0, native_running_functions),
    JS_CFUNC_DEF("capturedVariables", 2, native_captured_variables),
    JS_CFUNC_DEF("wasThrown", 1, native_was_thrown),
    JS_CFUNC_DEF("protect", 1, native_protect),
    JS_CFUNC_DEF("members", 3, native_members),
    JS_CFUNC_DEF("isSameList", 2, native_is_same_list),
};

JSValue caisson_new_native(JSContext *ctx)
{
    JSValue native = JS_NewObject(ctx);

    JS_SetPropertyFunctionList(ctx, native, native_functions,
                               sizeof(native_functions) / sizeof(native_functions[0]));
    return native;
}
