"""The script that counts quotas in Valkey or Redis; ``quota/memory.py`` is its twin.

All that belongs to an organisation is in one slot of a cluster: the organisation is the hash tag
of every key. Beside the one key that a call names, the script uses those that start with it.
"""

from __future__ import annotations

import hashlib
from typing import Final

SCRIPT: Final = """
local at, ask, clock = KEYS[1], cjson.decode(ARGV[1]), redis.call('TIME')
local now = clock[1] * 1000000 + clock[2] + ask.ahead
local DAY, KEPT, ENDED = 86400000000, 604800000000, 3600000000

local function whole(number) return string.format('%.0f', number) end
local function number(text) return tonumber(text) or 0 end
local function expire(key, us) redis.call('PEXPIRE', key, whole(math.ceil(us / 1000) + 1)) end

-- Where the calendar month of a day starts; days since 1970, after Hinnant's civil_from_days.
local function month(day)
  local of_era = (day + 719468) % 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524)
    - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - 365 * year - math.floor(year / 4) + math.floor(year / 100)
  local of_month = math.floor((5 * of_year + 2) / 153)
  return day - of_year + math.floor((153 * of_month + 2) / 5)
end

local function window(name)
  if name == 'month' then
    local first = month(math.floor(now / DAY))
    return first * DAY, month(first + 31) * DAY
  end
  local size = name == 'day' and DAY or 60000000
  return now - now % size, now - now % size + size
end

local function counter(start, name) return at .. ':count:' .. whole(start) .. ':' .. name end

local function count(limit, cost)
  local start, stop = window(limit.window)
  local key = counter(start, limit.name)
  redis.call('INCRBY', key, whole(cost))
  expire(key, stop - now)
  return start
end

local function reserve(record, name)
  local start, left = string.match(redis.call('HGET', record, 'reserved:' .. name) or '',
    '^(%d+):(%d+)$')
  return number(start), number(left), start ~= nil
end

local function give_back(run)
  local record = at .. ':run:' .. run
  for _, field in ipairs(redis.call('HKEYS', record)) do
    local name = string.match(field, '^reserved:(.*)$')
    if name then
      local start, left = reserve(record, name)
      local key = counter(start, name)
      if redis.call('EXISTS', key) == 1 then redis.call('DECRBY', key, whole(left)) end
      redis.call('HDEL', record, field)
    end
  end
end

local function lease(key)
  redis.call('ZADD', key, whole(now + ask.lasts), ask.run)
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
  expire(key, math.max(KEPT, last[2] - now))
end

-- After how long a charge would be allowed: 0 for now, -1 for never.
local function wait(charge)
  if charge.kind == 'lease' then
    local key = at .. ':lease:' .. charge.name
    redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now))
    return redis.call('ZCARD', key) >= charge.most and ask.poll or 0
  end
  if charge.cost > charge.most then return -1 end
  if charge.kind == 'rate' then
    local free = math.max(number(redis.call('GET', at .. ':rate:' .. charge.name)), now)
    return math.max(0, free - now + (charge.cost - charge.most) * charge.interval)
  end
  local start, stop = window(charge.window)
  local used = number(redis.call('GET', counter(start, charge.name)))
  return used + charge.cost > charge.most and stop - now or 0
end

local record, leases = at .. ':run:' .. (ask.run or ''), at .. ':leases'

if ask.op == 'take' then
  if ask.run and not ask.more and redis.call('EXISTS', record) == 1 then return {now, 0, 0} end
  local lapsed = redis.call('ZRANGEBYSCORE', leases, '-inf', whole(now), 'LIMIT', 0, ask.lapsed)
  for _, run in ipairs(lapsed) do
    give_back(run)
    redis.call('ZREM', leases, run)
  end
  local worst, longest = 0, 0
  for index, charge in ipairs(ask.charges) do
    local us = wait(charge)
    if longest >= 0 and (us < 0 or us > longest) then worst, longest = index, us end
  end
  if worst > 0 then return {now, worst, longest} end
  if ask.run then
    redis.call('HSET', record, 'begun', whole(now))
    expire(record, KEPT)
    lease(leases)
  end
  for _, charge in ipairs(ask.charges) do
    if charge.kind == 'rate' then
      local key = at .. ':rate:' .. charge.name
      local free = math.max(number(redis.call('GET', key)), now) + charge.cost * charge.interval
      redis.call('SET', key, whole(free), 'PX', whole(math.ceil((free - now) / 1000) + 1))
    elseif charge.kind == 'lease' then
      if ask.run then lease(at .. ':lease:' .. charge.name) end
    else
      local start = count(charge, charge.cost)
      if charge.reserved and ask.run then
        redis.call('HSET', record, 'reserved:' .. charge.name,
          whole(start) .. ':' .. whole(charge.cost))
      end
    end
  end
  return {now, 0, 0}
end

local known = redis.call('EXISTS', record) == 1
local moved, answer, over, longest = {}, {}, 0, 0
for _, total in ipairs(ask.totals) do
  local before = known and number(redis.call('HGET', record, 'used:' .. total.metric))
    or total.known
  moved[total.metric] = math.max(0, total.total - before)
  table.insert(answer, before + moved[total.metric])
  redis.call('HSET', record, 'used:' .. total.metric, whole(before + moved[total.metric]))
end
redis.call('HSETNX', record, 'begun', whole(now))
for index, limit in ipairs(ask.limits) do
  local spent = moved[limit.metric]
  if limit.kind == 'amount' and spent then
    local since, left, has = reserve(record, limit.name)
    local covered = math.min(left, spent)
    if has then
      redis.call('HSET', record, 'reserved:' .. limit.name,
        whole(since) .. ':' .. whole(left - covered))
    end
    if spent > covered then count(limit, spent - covered) end
    local start, stop = window(limit.window)
    local used = number(redis.call('GET', counter(start, limit.name)))
    if over == 0 and left == covered and used >= limit.most then
      over, longest = index, stop - now
    end
  elseif limit.kind == 'lease' then
    local key = at .. ':lease:' .. limit.name
    if ask.ends then redis.call('ZREM', key, ask.run) else lease(key) end
  end
end
if ask.ends then
  give_back(ask.run)
  redis.call('ZREM', leases, ask.run)
else
  lease(leases)
end
expire(record, ask.ends and ENDED or KEPT)
return {now, over, longest, unpack(answer)}
"""

DIGEST: Final = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
