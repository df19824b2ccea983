// node:stream: the package behind it, with what it lacks: Web streams, duplexPair.
const stream = require("sandbox").baseStream();
const { duplexFromWeb, duplexToWeb, readableFromWeb, readableToWeb, writableFromWeb, writableToWeb } = require("./stream-web.cjs")(stream);

function duplexPair(options) {
  class Side extends stream.Duplex {
    other = null;
    waiting = null;
    _read() {
      const done = this.waiting;
      this.waiting = null;
      done?.();
    }
    _write(chunk, encoding, done) {
      if (chunk.length === 0) return void process.nextTick(done);
      this.other.push(chunk);
      this.other.waiting = done;
      return undefined;
    }
    _final(done) {
      this.other.on("end", done);
      this.other.push(null);
    }
  }
  const one = new Side(options);
  const two = new Side(options);
  one.other = two;
  two.other = one;
  return [one, two];
}

stream.setDefaultHighWaterMark(false, 65_536);
Object.assign(stream.Readable, { fromWeb: readableFromWeb, toWeb: readableToWeb });
Object.assign(stream.Writable, { fromWeb: writableFromWeb, toWeb: writableToWeb });
Object.assign(stream.Duplex, { fromWeb: duplexFromWeb, toWeb: duplexToWeb });
module.exports = Object.assign(stream, {
  duplexPair,
  _isArrayBufferView: (value) => ArrayBuffer.isView(value),
  _isUint8Array: (value) => value instanceof Uint8Array,
});
