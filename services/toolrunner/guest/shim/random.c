/* Random numbers inside the guest: the ChaCha20 key stream of RFC 8439, section 2.3, with a key
 * from the host for every load and call. The counter and the nonce start at zero, because a key is
 * used once. */
#include <string.h>

#include "guest.h"

#define BLOCK_BYTES 64

static uint32_t state[16];
static uint8_t block[BLOCK_BYTES];
static size_t used = BLOCK_BYTES;

static uint32_t rotate(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

static void quarter_round(uint32_t *s, int a, int b, int c, int d)
{
    s[a] += s[b]; s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d]; s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b]; s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d]; s[b] = rotate(s[b] ^ s[c], 7);
}

static void next_block(void)
{
    uint32_t s[16];

    memcpy(s, state, sizeof(s));
    for (int round = 0; round < 10; round++) {
        quarter_round(s, 0, 4, 8, 12);
        quarter_round(s, 1, 5, 9, 13);
        quarter_round(s, 2, 6, 10, 14);
        quarter_round(s, 3, 7, 11, 15);
        quarter_round(s, 0, 5, 10, 15);
        quarter_round(s, 1, 6, 11, 12);
        quarter_round(s, 2, 7, 8, 13);
        quarter_round(s, 3, 4, 9, 14);
    }
    for (int i = 0; i < 16; i++)
        s[i] += state[i];
    memcpy(block, s, sizeof(block));
    state[12]++;
    if (state[12] == 0)
        state[13]++;
    used = 0;
}

void caisson_seed_random(const uint64_t seed[4])
{
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    memset(state, 0, sizeof(state));
    memcpy(state, constants, sizeof(constants));
    memcpy(state + 4, seed, 4 * sizeof(uint64_t));
    used = BLOCK_BYTES;
}

void caisson_random_bytes(uint8_t *out, size_t length)
{
    while (length > 0) {
        size_t part;

        if (used == BLOCK_BYTES)
            next_block();
        part = BLOCK_BYTES - used;
        if (part > length)
            part = length;
        memcpy(out, block + used, part);
        memset(block + used, 0, part);
        used += part;
        out += part;
        length -= part;
    }
}

double caisson_random_double(void)
{
    uint64_t bits;

    caisson_random_bytes((uint8_t *)&bits, sizeof(bits));
    return (double)(bits >> 11) * 0x1.0p-53;
}
