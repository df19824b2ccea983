/* Time inside the guest: set by the host, in microseconds since the epoch.
 *
 * A clock that advances while JavaScript runs would let a program time its neighbours, so it is
 * frozen between two entries of the host. */
#include <stdint.h>

#include "guest.h"

static int64_t clock_us;

void caisson_set_clock(int64_t now_us)
{
    clock_us = now_us;
}

int64_t caisson_clock_us(void);

int64_t caisson_clock_us(void)
{
    return clock_us;
}
