/* The prelude's data: packed modules and tables. They are in memory before the guest starts, outside its
 * heap, so that neither the parser nor the allocator holds a second copy. */
#include "guest.h"

static const uint8_t *data;
static size_t data_length;

void caisson_set_data(const uint8_t *bytes, size_t length)
{
    data = bytes;
    data_length = length;
}

/* Returns an ArrayBuffer over all of it; nothing is freed with it. */
JSValue caisson_data_buffer(JSContext *ctx)
{
    return JS_NewArrayBuffer(ctx, (uint8_t *)data, data_length, 0, NULL, NULL, false);
}

/* Evaluates a piece as a script; a zero follows each piece. */
JSValue caisson_eval_data(JSContext *ctx, size_t start, size_t length, const char *name)
{
    if (start >= data_length || length >= data_length - start)
        return JS_ThrowRangeError(ctx, "there is no such piece of data");
    return JS_Eval(ctx, (const char *)data + start, length, name, JS_EVAL_TYPE_GLOBAL);
}
