// Primes: tests by Miller and Rabin, and a search that sieves by small primes first.
const { numbers } = require("sandbox");
const { bytesOf, checkInteger, later } = require("./bytes.cjs");
const { fill } = require("./random.cjs");

const { powerOf, toBigInt, toBytes } = numbers;
const SMALL = [];
for (let n = 3; n < 2000; n += 2) if (SMALL.every((prime) => n % prime !== 0)) SMALL.push(n);

function passes(candidate, base, odd, twos) {
  let value = powerOf(base, odd, candidate);
  if (value === 1n || value === candidate - 1n) return true;
  for (let i = 1; i < twos; i++) {
    value = (value * value) % candidate;
    if (value === candidate - 1n) return true;
  }
  return false;
}

function isPrime(candidate, rounds = 0) {
  if (candidate < 4n) return candidate > 1n;
  if (candidate % 2n === 0n) return false;
  for (const prime of SMALL) if (candidate % BigInt(prime) === 0n) return candidate === BigInt(prime);
  let odd = candidate - 1n;
  let twos = 0;
  for (; odd % 2n === 0n; odd /= 2n) twos++;
  const bits = candidate.toString(2).length;
  const count = Math.max(rounds, bits >= 1024 ? 4 : bits >= 512 ? 8 : 32);
  for (let i = 0; i < count; i++) {
    const base = i === 0 ? 2n : 2n + (toBigInt(fill(new Uint8Array(Math.ceil(bits / 8)))) % (candidate - 3n));
    if (!passes(candidate, base, odd, twos)) return false;
  }
  return true;
}

function random(bits) {
  const bytes = fill(new Uint8Array(Math.ceil(bits / 8)));
  return toBigInt(bytes) & ((1n << BigInt(bits)) - 1n);
}

/** A prime of these bits, the two highest set; `fits` refuses some, `step` keeps a remainder. */
function searchPrime(bits, { fits = () => true, add, rem, safe = false } = {}) {
  const top = bits > 2 ? 3n << BigInt(bits - 2) : 1n << BigInt(bits - 1);
  for (;;) {
    let start = random(bits) | top | 1n;
    if (add !== undefined) start = start - (start % add) + (rem ?? 1n);
    const step = add ?? 2n;
    for (let candidate = start, i = 0; i < 4096 && candidate >> BigInt(bits) === 0n; candidate += step, i++) {
      if (!fits(candidate)) continue;
      if (safe && !isPrime((candidate - 1n) / 2n)) continue;
      if (isPrime(candidate)) return candidate;
    }
  }
}

const numberOf = (value) => (typeof value === "bigint" ? value : toBigInt(bytesOf(value)));
const optional = (value) => (value === undefined ? undefined : numberOf(value));

function generatePrimeSync(size, { add, rem, safe = false, bigint = false } = {}) {
  checkInteger(size, "size", 1, 2 ** 31 - 1);
  const prime = size < 3 ? BigInt(size + 1) : searchPrime(size, { add: optional(add), rem: optional(rem), safe });
  return bigint ? prime : toBytes(prime, Math.ceil(size / 8)).buffer;
}

module.exports = {
  searchPrime,
  generatePrimeSync,
  generatePrime: (size, options, callback = options) => later(callback, () => [generatePrimeSync(size, typeof options === "function" ? {} : options)]),
  checkPrimeSync: (candidate, { checks = 0 } = {}) => isPrime(numberOf(candidate), checks),
  checkPrime: (candidate, options, callback = options) => later(callback, () => [isPrime(numberOf(candidate), options?.checks ?? 0)]),
};
