/* Keys derived from passwords: PBKDF2 (RFC 8018) and scrypt (RFC 7914). They are slow on purpose, and
 * in JavaScript 200 times slower than that. Fuel bounds their time, the heap limit their memory. */
#include <string.h>

#include "guest.h"

#define MAX_BLOCK 128
#define MAX_SIZE 64

typedef union {
    uint32_t w[8];
    uint64_t d[8];
} State;

typedef struct {
    size_t block, size; /* bytes of a block, and of a digest */
    void (*compress)(State *state, const uint8_t *block);
    State first;
} Hash;

static uint32_t left32(uint32_t x, int n) { return x << n | x >> (32 - n); }
static uint32_t right32(uint32_t x, int n) { return x >> n | x << (32 - n); }
static uint64_t right64(uint64_t x, int n) { return x >> n | x << (64 - n); }

static uint64_t load_big(const uint8_t *p, int bytes)
{
    uint64_t x = 0;

    for (int i = 0; i < bytes; i++)
        x = x << 8 | p[i];
    return x;
}

static void store_big(uint8_t *p, uint64_t x, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--, x >>= 8)
        p[i] = (uint8_t)x;
}

static void sha1_block(State *state, const uint8_t *block)
{
    static const uint32_t K[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
    uint32_t w[80], a, b, c, d, e, f, next;
    int i;

    for (i = 0; i < 16; i++)
        w[i] = (uint32_t)load_big(block + 4 * i, 4);
    for (; i < 80; i++)
        w[i] = left32(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    a = state->w[0], b = state->w[1], c = state->w[2], d = state->w[3], e = state->w[4];
    for (i = 0; i < 80; i++) {
        f = i < 20 ? (b & c) | (~b & d) : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        next = left32(a, 5) + f + e + K[i / 20] + w[i];
        e = d, d = c, c = left32(b, 30), b = a, a = next;
    }
    state->w[0] += a, state->w[1] += b, state->w[2] += c, state->w[3] += d, state->w[4] += e;
}

/* The constants of SHA-512; those of SHA-256 are the upper halves of the first 64. */
static const uint64_t K[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

static void sha256_block(State *state, const uint8_t *block)
{
    uint32_t w[64], s[8], t1, t2;
    int i;

    for (i = 0; i < 16; i++)
        w[i] = (uint32_t)load_big(block + 4 * i, 4);
    for (; i < 64; i++)
        w[i] = (right32(w[i - 2], 17) ^ right32(w[i - 2], 19) ^ w[i - 2] >> 10) + w[i - 7] +
            (right32(w[i - 15], 7) ^ right32(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 16];
    memcpy(s, state->w, sizeof(s));
    for (i = 0; i < 64; i++) {
        t1 = s[7] + (right32(s[4], 6) ^ right32(s[4], 11) ^ right32(s[4], 25)) +
            ((s[4] & s[5]) ^ (~s[4] & s[6])) + (uint32_t)(K[i] >> 32) + w[i];
        t2 = (right32(s[0], 2) ^ right32(s[0], 13) ^ right32(s[0], 22)) +
            ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t1;
        s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t1 + t2;
    }
    for (i = 0; i < 8; i++)
        state->w[i] += s[i];
}

static void sha512_block(State *state, const uint8_t *block)
{
    uint64_t w[80], s[8], t1, t2;
    int i;

    for (i = 0; i < 16; i++)
        w[i] = load_big(block + 8 * i, 8);
    for (; i < 80; i++)
        w[i] = (right64(w[i - 2], 19) ^ right64(w[i - 2], 61) ^ w[i - 2] >> 6) + w[i - 7] +
            (right64(w[i - 15], 1) ^ right64(w[i - 15], 8) ^ w[i - 15] >> 7) + w[i - 16];
    memcpy(s, state->d, sizeof(s));
    for (i = 0; i < 80; i++) {
        t1 = s[7] + (right64(s[4], 14) ^ right64(s[4], 18) ^ right64(s[4], 41)) +
            ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[i] + w[i];
        t2 = (right64(s[0], 28) ^ right64(s[0], 34) ^ right64(s[0], 39)) +
            ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t1;
        s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t1 + t2;
    }
    for (i = 0; i < 8; i++)
        state->d[i] += s[i];
}

static const Hash SHA1 = { 64, 20, sha1_block, { .w = {
    0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } } };
static const Hash SHA256 = { 64, 32, sha256_block, { .w = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
    0x5be0cd19 } } };
static const Hash SHA512 = { 128, 64, sha512_block, { .d = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179 } } };

/* The digest of what `state` took, `before` bytes, and two more parts. */
static void finish(const Hash *hash, State *state, size_t before, const uint8_t *one, size_t one_size,
                   const uint8_t *two, size_t two_size, uint8_t *out)
{
    uint8_t block[MAX_BLOCK];
    size_t used = 0, at, word = hash->block / 16;
    uint64_t bits = ((uint64_t)before + one_size + two_size) * 8;

    for (at = 0; at < one_size + two_size; at++) {
        block[used++] = at < one_size ? one[at] : two[at - one_size];
        if (used == hash->block) {
            hash->compress(state, block);
            used = 0;
        }
    }
    block[used++] = 0x80;
    if (used > hash->block - 2 * word) {
        memset(block + used, 0, hash->block - used);
        hash->compress(state, block);
        used = 0;
    }
    memset(block + used, 0, hash->block - used);
    store_big(block + hash->block - 8, bits, 8);
    hash->compress(state, block);
    for (at = 0; at < hash->size / word; at++)
        store_big(out + at * word, word == 4 ? state->w[at] : state->d[at], (int)word);
}

typedef struct {
    const Hash *hash;
    State inner, outer; /* after the key's block */
} Hmac;

static void hmac_begin(Hmac *hmac, const Hash *hash, const uint8_t *key, size_t size)
{
    uint8_t block[MAX_BLOCK] = { 0 };
    State state = hash->first;

    hmac->hash = hash;
    hmac->inner = hmac->outer = hash->first;
    if (size > hash->block)
        finish(hash, &state, 0, key, size, NULL, 0, block);
    else if (size > 0)
        memcpy(block, key, size);
    for (size_t i = 0; i < hash->block; i++)
        block[i] ^= 0x36;
    hash->compress(&hmac->inner, block);
    for (size_t i = 0; i < hash->block; i++)
        block[i] ^= 0x36 ^ 0x5c;
    hash->compress(&hmac->outer, block);
}

static void hmac_of(const Hmac *hmac, const uint8_t *one, size_t one_size, const uint8_t *two,
                    size_t two_size, uint8_t *out)
{
    State state = hmac->inner;

    finish(hmac->hash, &state, hmac->hash->block, one, one_size, two, two_size, out);
    state = hmac->outer;
    finish(hmac->hash, &state, hmac->hash->block, out, hmac->hash->size, NULL, 0, out);
}

static void pbkdf2(const Hash *hash, const uint8_t *password, size_t password_size, const uint8_t *salt,
                   size_t salt_size, uint32_t rounds, uint8_t *out, size_t size)
{
    Hmac hmac;
    uint8_t number[4], last[MAX_SIZE], sum[MAX_SIZE];

    hmac_begin(&hmac, hash, password, password_size);
    for (uint32_t block = 1; size > 0; block++) {
        size_t taken = size < hash->size ? size : hash->size;

        store_big(number, block, 4);
        hmac_of(&hmac, salt, salt_size, number, 4, last);
        memcpy(sum, last, hash->size);
        for (uint32_t round = 1; round < rounds; round++) {
            hmac_of(&hmac, last, hash->size, NULL, 0, last);
            for (size_t i = 0; i < hash->size; i++)
                sum[i] ^= last[i];
        }
        memcpy(out, sum, taken);
        out += taken;
        size -= taken;
    }
}

static void salsa20_8(uint32_t x[16])
{
    static const uint8_t order[8][4] = {
        { 0, 4, 8, 12 }, { 5, 9, 13, 1 }, { 10, 14, 2, 6 }, { 15, 3, 7, 11 },
        { 0, 1, 2, 3 }, { 5, 6, 7, 4 }, { 10, 11, 8, 9 }, { 15, 12, 13, 14 },
    };
    uint32_t z[16];

    memcpy(z, x, sizeof(z));
    for (int round = 0; round < 4; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            uint32_t *a = &z[order[i][0]], *b = &z[order[i][1]], *c = &z[order[i][2]];
            uint32_t *d = &z[order[i][3]];

            *b ^= left32(*a + *d, 7);
            *c ^= left32(*b + *a, 9);
            *d ^= left32(*c + *b, 13);
            *a ^= left32(*d + *c, 18);
        }
    }
    for (int i = 0; i < 16; i++)
        x[i] += z[i];
}

/* scryptBlockMix: from `in` to `out`, each of 2 * r blocks of 16 words */
static void block_mix(const uint32_t *in, uint32_t *out, size_t r)
{
    uint32_t x[16];

    memcpy(x, in + (2 * r - 1) * 16, sizeof(x));
    for (size_t i = 0; i < 2 * r; i++) {
        for (int j = 0; j < 16; j++)
            x[j] ^= in[i * 16 + j];
        salsa20_8(x);
        memcpy(out + (i / 2 + (i & 1) * r) * 16, x, sizeof(x));
    }
}

/* scryptROMix of one part in place; `space` has room for n + 1 parts. wasm is little-endian. */
static void rom_mix(uint32_t *part, uint32_t *space, uint32_t n, size_t r)
{
    size_t words = 32 * r, i, j;
    uint32_t *other = space + words * n;

    for (i = 0; i < n; i++) {
        memcpy(space + words * i, part, words * 4);
        block_mix(space + words * i, part, r);
    }
    for (i = 0; i < n; i++) {
        const uint32_t *chosen = space + words * (part[words - 16] & (n - 1));

        for (j = 0; j < words; j++)
            other[j] = part[j] ^ chosen[j];
        block_mix(other, part, r);
    }
}

static const uint8_t *bytes_of(JSContext *ctx, JSValueConst value, size_t *size)
{
    const uint8_t *bytes = JS_GetUint8Array(ctx, size, value);

    return bytes || JS_HasException(ctx) ? bytes : (const uint8_t *)"";
}

JSValue caisson_pbkdf2(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    uint32_t bits, rounds, size;
    size_t password_size, salt_size;
    const uint8_t *password, *salt;
    uint8_t *out;
    JSValue made;

    (void)self;
    (void)argc;
    if (JS_ToUint32(ctx, &bits, argv[0]) || JS_ToUint32(ctx, &rounds, argv[3]) ||
        JS_ToUint32(ctx, &size, argv[4]))
        return JS_EXCEPTION;
    password = bytes_of(ctx, argv[1], &password_size);
    salt = password ? bytes_of(ctx, argv[2], &salt_size) : NULL;
    out = salt ? js_malloc(ctx, size) : NULL;
    if (!out)
        return JS_EXCEPTION;
    pbkdf2(bits == 1 ? &SHA1 : bits == 256 ? &SHA256 : &SHA512, password, password_size, salt, salt_size,
           rounds, out, size);
    made = JS_NewArrayBufferCopy(ctx, out, size);
    js_free(ctx, out);
    return made;
}

/* The arguments were checked: n is a power of two, and 128 * n * r within 32 bits. */
JSValue caisson_scrypt(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    uint32_t n, r, p, size, *parts = NULL, *space = NULL;
    size_t password_size, salt_size, part;
    const uint8_t *password, *salt;
    uint8_t *out = NULL;
    JSValue made = JS_EXCEPTION;

    (void)self;
    (void)argc;
    if (JS_ToUint32(ctx, &n, argv[2]) || JS_ToUint32(ctx, &r, argv[3]) || JS_ToUint32(ctx, &p, argv[4]) ||
        JS_ToUint32(ctx, &size, argv[5]))
        return JS_EXCEPTION;
    if ((uint64_t)128 * r * ((uint64_t)n + 1) > INT32_MAX || (uint64_t)128 * r * p > INT32_MAX)
        return JS_ThrowRangeError(ctx, "scrypt with this cost needs too much memory");
    password = bytes_of(ctx, argv[0], &password_size);
    salt = password ? bytes_of(ctx, argv[1], &salt_size) : NULL;
    if (!salt)
        return JS_EXCEPTION;
    part = 128 * (size_t)r;
    parts = js_malloc(ctx, part * p);
    space = parts ? js_malloc(ctx, part * ((size_t)n + 1)) : NULL;
    out = space ? js_malloc(ctx, size) : NULL;
    if (out) {
        pbkdf2(&SHA256, password, password_size, salt, salt_size, 1, (uint8_t *)parts, part * p);
        for (uint32_t i = 0; i < p; i++)
            rom_mix(parts + i * (part / 4), space, n, r);
        pbkdf2(&SHA256, password, password_size, (uint8_t *)parts, part * p, 1, out, size);
        made = JS_NewArrayBufferCopy(ctx, out, size);
    }
    js_free(ctx, out);
    js_free(ctx, space);
    js_free(ctx, parts);
    return made;
}
