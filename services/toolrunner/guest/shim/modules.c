/* Imports of a program: a JavaScript resolver answers each specifier with an object, whose own
 * enumerable string keys become the exports of a synthetic module. */
#include <string.h>

#include "guest.h"

static JSValue resolver = JS_UNDEFINED;
static bool linking; /* a program's static imports are being resolved */

JSValue caisson_set_resolver(JSContext *ctx, JSValueConst function)
{
    JS_FreeValue(ctx, resolver);
    resolver = JS_DupValue(ctx, function);
    return JS_UNDEFINED;
}

/* Specifiers are names in the resolver's table, never paths: they are not normalised. */
static char *keep_specifier(JSContext *ctx, const char *base, const char *specifier, void *opaque)
{
    (void)base;
    (void)opaque;
    return js_strdup(ctx, specifier);
}

static int set_exports(JSContext *ctx, JSModuleDef *module)
{
    JSValue exports = JS_GetModulePrivateValue(ctx, module);
    JSPropertyEnum *keys = NULL;
    uint32_t count = 0;
    int status = JS_GetOwnPropertyNames(ctx, &keys, &count, exports,
                                        JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY);

    for (uint32_t i = 0; status == 0 && i < count; i++) {
        const char *name = JS_AtomToCString(ctx, keys[i].atom);
        JSValue value = JS_GetProperty(ctx, exports, keys[i].atom);

        if (!name || JS_IsException(value)) {
            JS_FreeValue(ctx, value);
            status = -1;
        } else {
            status = JS_SetModuleExport(ctx, module, name, value);
        }
        JS_FreeCString(ctx, name);
    }
    JS_FreePropertyEnum(ctx, keys, count);
    JS_FreeValue(ctx, exports);
    return status;
}

static int declare_exports(JSContext *ctx, JSModuleDef *module, JSValueConst exports)
{
    JSPropertyEnum *keys = NULL;
    uint32_t count = 0;
    int status = JS_GetOwnPropertyNames(ctx, &keys, &count, exports,
                                        JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY);

    for (uint32_t i = 0; status == 0 && i < count; i++) {
        const char *name = JS_AtomToCString(ctx, keys[i].atom);

        status = name ? JS_AddModuleExport(ctx, module, name) : -1;
        JS_FreeCString(ctx, name);
    }
    JS_FreePropertyEnum(ctx, keys, count);
    return status;
}

static JSModuleDef *load_module(JSContext *ctx, const char *specifier, void *opaque)
{
    JSValue arguments[2] = {JS_NewString(ctx, specifier), JS_NewBool(ctx, linking)};
    JSValue exports = JS_Call(ctx, resolver, JS_UNDEFINED, 2, (JSValueConst *)arguments);
    JSModuleDef *module = NULL;

    (void)opaque;
    JS_FreeValue(ctx, arguments[0]);
    if (!JS_IsException(exports)) {
        if (!JS_IsObject(exports))
            JS_ThrowTypeError(ctx, "the resolver returned no module for \"%s\"", specifier);
        else
            module = JS_NewCModule(ctx, specifier, set_exports);
    }
    if (module && declare_exports(ctx, module, exports) == 0) {
        JS_SetModulePrivateValue(ctx, module, exports);
        return module;
    }
    JS_FreeValue(ctx, exports);
    return NULL;
}

void caisson_install_modules(JSContext *ctx)
{
    JS_SetModuleLoaderFunc(JS_GetRuntime(ctx), keep_specifier, load_module, NULL);
}

/* Sets a member of import.meta to a prefix and a name; programs lie in the root folder. */
static int set_meta_text(JSContext *ctx, JSValueConst meta, const char *key, const char *prefix,
                         const char *name)
{
    char buffer[256];

    if (strlen(prefix) + strlen(name) >= sizeof(buffer))
        return -1;
    strcpy(buffer, prefix);
    strcat(buffer, name);
    return JS_SetPropertyStr(ctx, meta, key, JS_NewString(ctx, buffer)) < 0 ? -1 : 0;
}

/* As in Node: where the program is, as an address and as paths. */
static int set_meta(JSContext *ctx, JSModuleDef *module, const char *name)
{
    JSValue meta = JS_GetImportMeta(ctx, module);
    int status = -1;

    if (!JS_IsException(meta) && set_meta_text(ctx, meta, "dirname", "/", "") == 0 &&
        set_meta_text(ctx, meta, "filename", "/", name) == 0 &&
        set_meta_text(ctx, meta, "url", "file:///", name) == 0 &&
        JS_SetPropertyStr(ctx, meta, "main", JS_FALSE) >= 0 && /* Node's main program is another */
        JS_SetPropertyStr(ctx, meta, "resolve", JS_GetPropertyStr(ctx, resolver, "resolve")) >= 0)
        status = 0;
    JS_FreeValue(ctx, meta);
    return status;
}

/* Returns {promise, namespace}, or an exception if the module does not compile or link. */
JSValue caisson_eval_module(JSContext *ctx, const char *source, size_t length, const char *name,
                            int flags)
{
    JSValue compiled;
    JSModuleDef *module;
    JSValue promise;
    JSValue result;
    int status;

    linking = true;
    compiled = JS_Eval(ctx, source, length, name,
                       JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY | flags);
    status = JS_IsException(compiled) ? -1 : JS_ResolveModule(ctx, compiled);
    linking = false;
    if (JS_IsException(compiled))
        return compiled;
    module = JS_VALUE_GET_PTR(compiled);
    if (status < 0 || set_meta(ctx, module, name) < 0) {
        JS_FreeValue(ctx, compiled);
        return JS_EXCEPTION;
    }
    promise = JS_EvalFunction(ctx, compiled);
    if (JS_IsException(promise))
        return promise;
    result = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, result, "promise", promise);
    JS_SetPropertyStr(ctx, result, "namespace", JS_GetModuleNamespace(ctx, module));
    return result;
}
