// ICU's UCharsTrie: from sequences of 16-bit units to values, over an array or a reader of units.

const LINEAR = 0x30, VALUE = 0x40, FINAL = 0x8000;

function afterDelta(units, at) {
  const lead = units(at);
  if (lead < 0xfc00) return [at + 1, lead];
  if (lead === 0xffff) return [at + 3, units(at + 1) * 0x10000 + units(at + 2)];
  return [at + 2, (lead - 0xfc00) * 0x10000 + units(at + 1)];
}

function valueAt(units, at) {
  const node = units(at);
  if (node & FINAL) {
    const lead = node & 0x7fff;
    if (lead < 0x4000) return lead;
    return lead < 0x7fff ? (lead - 0x4000) * 0x10000 + units(at + 1) : units(at + 1) * 0x10000 + units(at + 2);
  }
  if (node < 0x4040) return (node >> 6) - 1;
  return node < 0x7fc0 ? ((node & 0x7fc0) - 0x4040) * 0x400 + units(at + 1) : units(at + 1) * 0x10000 + units(at + 2);
}

const skipValue = (lead, at) => ((lead & 0x7fff) < 0x4000 ? at : (lead & 0x7fff) < 0x7fff ? at + 1 : at + 2);
const skipNodeValue = (lead, at) => (lead < 0x4040 ? at : lead < 0x7fc0 ? at + 1 : at + 2);

/** A position in a trie. `step(unit)` moves it; false when there is nothing further. */
export class UnitsTrie {
  constructor(units, at) {
    Object.assign(this, { units, at, left: -1, done: false });
  }
  copy() {
    return Object.assign(new UnitsTrie(this.units, this.at), { left: this.left, done: this.done });
  }
  #stop() {
    this.done = true;
    return false;
  }
  #to(at, left) {
    this.at = at;
    this.left = left;
    return true;
  }
  step(unit) {
    const { units } = this;
    if (this.done) return false;
    if (this.left >= 0) return units(this.at) === unit ? this.#to(this.at + 1, this.left - 1) : this.#stop();
    let at = this.at;
    let node = units(at++);
    for (;;) {
      if (node < LINEAR) return this.#branch(at, node, unit);
      if (node < VALUE) return units(at) === unit ? this.#to(at + 1, node - LINEAR - 1) : this.#stop();
      if (node & FINAL) return this.#stop();
      at = skipNodeValue(node, at);
      node &= 0x3f;
    }
  }
  #branch(start, node, unit) {
    const { units } = this;
    let [at, length] = node === 0 ? [start + 1, units(start) + 1] : [start, node + 1];
    while (length > 5) {
      const [next, delta] = afterDelta(units, at + 1);
      if (unit < units(at)) [at, length] = [next + delta, length >> 1];
      else [at, length] = [next, length - (length >> 1)];
    }
    for (; length > 1; length--) {
      const lead = units(at + 1);
      if (unit === units(at)) {
        if (lead & FINAL) return this.#to(at + 1, -1);
        const after = skipValue(lead, at + 2);
        const delta = lead < 0x4000 ? lead : lead < 0x7fff ? (lead - 0x4000) * 0x10000 + units(at + 2) : units(at + 2) * 0x10000 + units(at + 3);
        return this.#to(after + delta, -1);
      }
      at = skipValue(lead, at + 2);
    }
    return unit === units(at) ? this.#to(at + 1, -1) : this.#stop();
  }
  /** The value of what has been read; undefined for none. */
  get value() {
    if (this.done || this.left >= 0 || this.units(this.at) < VALUE) return undefined;
    return valueAt(this.units, this.at);
  }
  stepPoint(point) {
    if (point < 0x10000) return this.step(point);
    return this.step(0xd7c0 + (point >> 10)) && this.step(0xdc00 + (point & 0x3ff));
  }
}
