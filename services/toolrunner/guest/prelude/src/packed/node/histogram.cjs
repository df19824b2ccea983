// Histograms of node:perf_hooks, with every value kept: few are recorded in one call.

const MOST = 100_000;

class Histogram {
  _values = [];
  _isSorted = true;
  _exceeds = 0;
  _sorted() {
    if (!this._isSorted) this._values.sort((one, two) => one - two);
    this._isSorted = true;
    return this._values;
  }
  get count() {
    return this._values.length;
  }
  get countBigInt() {
    return BigInt(this.count);
  }
  get exceeds() {
    return this._exceeds;
  }
  get exceedsBigInt() {
    return BigInt(this._exceeds);
  }
  get min() {
    return this.count === 0 ? 9223372036854776000 : this._sorted()[0];
  }
  get minBigInt() {
    return this.count === 0 ? 2n ** 63n - 1n : BigInt(this.min);
  }
  get max() {
    return this.count === 0 ? 0 : this._sorted().at(-1);
  }
  get maxBigInt() {
    return BigInt(this.max);
  }
  get mean() {
    return this._values.reduce((sum, value) => sum + value, 0) / this.count;
  }
  get stddev() {
    const { mean, count } = this;
    return Math.sqrt(this._values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  }
  percentile(percentile) {
    if (!(percentile > 0 && percentile <= 100)) throw Object.assign(new RangeError(`The value of "percentile" is out of range. It must be > 0 && <= 100. Received ${percentile}`), { code: "ERR_OUT_OF_RANGE" });
    const values = this._sorted();
    return values.length === 0 ? 0 : values[Math.max(0, Math.ceil((percentile / 100) * values.length) - 1)];
  }
  percentileBigInt(percentile) {
    return BigInt(this.percentile(percentile));
  }
  get percentiles() {
    return new Map([0, 50, 75, 100].map((each) => [each, each === 0 ? (this.count === 0 ? 0 : this.min) : this.percentile(each)]));
  }
  get percentilesBigInt() {
    return new Map([...this.percentiles].map(([each, value]) => [each, BigInt(value)]));
  }
  reset() {
    this._values = [];
    this._exceeds = 0;
  }
  toJSON() {
    const { count, min, max, mean, exceeds, stddev } = this;
    return { count, min, max, mean, exceeds, stddev, percentiles: Object.fromEntries(this.percentiles) };
  }
}

class RecordableHistogram extends Histogram {
  #before;
  record(value) {
    if (!(Number(value) >= 1)) throw Object.assign(new RangeError(`The value of "val" is out of range. It must be >= 1. Received ${value}`), { code: "ERR_OUT_OF_RANGE" });
    if (this._values.length >= MOST) return;
    this._values.push(Number(value));
    this._isSorted = false;
  }
  recordDelta() {
    const now = Math.round(performance.now() * 1e6);
    if (this.#before !== undefined) this.record(Math.max(1, now - this.#before));
    this.#before = now;
  }
  add(other) {
    for (const value of other._values) this.record(value);
  }
}

module.exports = { Histogram, RecordableHistogram };
