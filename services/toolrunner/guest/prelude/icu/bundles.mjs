// ICU's resource bundles (.res) as JavaScript values: tables are objects, aliases `Alias`.

/** A reference to another place, such as "/LOCALE/calendar/gregorian/dayNames". */
export class Alias {
  constructor(path) {
    this.path = path;
  }
}

class Reader {
  constructor(item, pool) {
    const root = item.readUInt16LE(0);
    this.bytes = item.subarray(root);
    this.pool = pool;
    const word = (i) => this.bytes.readUInt32LE(4 * i);
    const [lengths, attributes] = [word(1), (word(1) & 255) > 5 ? word(6) : 0];
    this.keysStart = 4 * (1 + (lengths & 255));
    // A bundle without keys of its own counts those of the pool from zero.
    this.keyLimit = 4 * word(2) > this.keysStart ? 4 * word(2) : 0;
    this.units = 4 * word(2);
    this.stringLimit = (lengths >>> 8) | ((attributes & 0xf000) << 12);
    this.stringLimit16 = attributes >>> 16;
    this.rootWord = word(0);
  }
  unit(at) {
    return this.bytes.readUInt16LE(this.units + 2 * at);
  }
  keyAt(offset) {
    const end = this.bytes.indexOf(0, offset);
    return this.bytes.toString("latin1", offset, end);
  }
  poolKey(offset) {
    return this.pool.keyAt(this.pool.keysStart + offset);
  }
  key16(offset) {
    return offset < this.keyLimit ? this.keyAt(offset) : this.poolKey(offset - this.keyLimit);
  }
  key32(offset) {
    return offset >= 0 ? this.keyAt(offset) : this.poolKey(offset & 0x7fffffff);
  }
  text(at, length) {
    const start = this.units + 2 * at;
    return this.bytes.toString("utf16le", start, start + 2 * length);
  }
  string(at) {
    const first = this.unit(at);
    if (first < 0xdc00 || first > 0xdfff) {
      let end = at;
      while (this.unit(end) !== 0) end += 1;
      return this.text(at, end - at);
    }
    if (first < 0xdfef) return this.text(at + 1, first & 0x3ff);
    if (first < 0xdfff) return this.text(at + 2, ((first - 0xdfef) << 16) | this.unit(at + 1));
    return this.text(at + 3, (this.unit(at + 1) << 16) | this.unit(at + 2));
  }
  string2(offset) {
    return offset < this.stringLimit ? this.pool.string(offset) : this.string(offset - this.stringLimit);
  }
  value16(short) {
    if (short < this.stringLimit16) return this.pool.string(short);
    return this.string2(short - this.stringLimit16 + this.stringLimit);
  }
  value(word) {
    const offset = word & 0x0fffffff;
    const at = 4 * offset;
    const b = this.bytes;
    switch (word >>> 28) {
      case 0:
        return offset === 0 ? "" : b.toString("utf16le", at + 4, at + 4 + 2 * b.readInt32LE(at));
      case 1:
        return offset === 0 ? Buffer.alloc(0) : b.subarray(at + 4, at + 4 + b.readInt32LE(at));
      case 2:
        return offset === 0 ? {} : this.table(at);
      case 3:
        return new Alias(b.toString("utf16le", at + 4, at + 4 + 2 * b.readInt32LE(at)));
      case 4:
        return this.table32(at);
      case 5:
        return this.table16(offset);
      case 6:
        return this.string2(offset);
      case 7:
        return (word << 4) >> 4;
      case 8:
        return offset === 0 ? [] : this.array(at);
      case 9:
        return Array.from({ length: this.unit(offset) }, (_, i) => this.value16(this.unit(offset + 1 + i)));
      case 14:
        return offset === 0 ? [] : Array.from({ length: b.readInt32LE(at) }, (_, i) => b.readInt32LE(at + 4 + 4 * i));
      default:
        throw new Error(`unknown resource type ${word >>> 28}`);
    }
  }
  array(at) {
    return Array.from({ length: this.bytes.readInt32LE(at) }, (_, i) => this.value(this.bytes.readUInt32LE(at + 4 + 4 * i)));
  }
  table(at) {
    const count = this.bytes.readUInt16LE(at);
    const values = at + 2 * (1 + count + (~count & 1));
    const pairs = Array.from({ length: count }, (_, i) => [
      this.key16(this.bytes.readUInt16LE(at + 2 + 2 * i)), this.value(this.bytes.readUInt32LE(values + 4 * i)),
    ]);
    return Object.fromEntries(pairs);
  }
  table32(at) {
    const count = this.bytes.readInt32LE(at);
    const pairs = Array.from({ length: count }, (_, i) => [
      this.key32(this.bytes.readInt32LE(at + 4 + 4 * i)), this.value(this.bytes.readUInt32LE(at + 4 + 4 * count + 4 * i)),
    ]);
    return Object.fromEntries(pairs);
  }
  table16(offset) {
    const count = this.unit(offset);
    const pairs = Array.from({ length: count }, (_, i) => [
      this.key16(this.unit(offset + 1 + i)), this.value16(this.unit(offset + 1 + count + i)),
    ]);
    return Object.fromEntries(pairs);
  }
}

/** Makes `read(folder, name)`: a bundle's content, undefined where the archive has none. */
export function bundleReader(archive) {
  const pools = new Map();
  const cache = new Map();
  const poolOf = (folder) => {
    if (!pools.has(folder)) {
      const item = archive.get(`${folder}pool.res`);
      pools.set(folder, item && new Reader(item, undefined));
    }
    return pools.get(folder);
  };
  return function read(folder, name) {
    const path = `${folder}${name}.res`;
    if (!cache.has(path)) {
      const item = archive.get(path);
      const reader = item && new Reader(item, poolOf(folder));
      cache.set(path, reader && reader.value(reader.rootWord));
    }
    return cache.get(path);
  };
}
