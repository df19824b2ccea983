// ReadableStream, WritableStream, TransformStream, their queues, and compression.
const drain = async (stream) => { const seen = []; for await (const chunk of stream) seen.push(chunk instanceof Uint8Array ? hex(chunk) : chunk); return seen; };
const source = (...items) => new ReadableStream({ start(c) { items.forEach((item) => c.enqueue(item)); c.close(); } });
each([[], [1, 2, 3], ["a"], [null, undefined, 0]], "read all", (items) => drain(source(...items)));
test("read by a reader", async () => { const reader = source(1).getReader(); return [await reader.read(), await reader.read(), await reader.closed]; });
test("locked", () => { const stream = source(1); const reader = stream.getReader(); const before = stream.locked; reader.releaseLock(); return [before, stream.locked]; });
test("two readers", () => { const stream = source(1); stream.getReader(); return stream.getReader(); });
test("released reader", () => { const reader = source(1).getReader(); reader.releaseLock(); return reader.read(); });
test("pull", async () => { let n = 0; return drain(new ReadableStream({ pull(c) { if (++n > 3) c.close(); else c.enqueue(n); } })); });
test("pull is called as needed", async () => { let pulls = 0; const stream = new ReadableStream({ pull(c) { pulls++; c.enqueue(1); } }, { highWaterMark: 2 }); await sleep(5); const before = pulls; await stream.getReader().read(); await sleep(5); return [before, pulls]; });
test("high water mark zero", async () => { let pulls = 0; new ReadableStream({ pull() { pulls++; } }, { highWaterMark: 0 }); await sleep(5); return pulls; });
test("desiredSize", () => { let size; new ReadableStream({ start(c) { size = [c.desiredSize]; c.enqueue(1); size.push(c.desiredSize); c.close(); size.push(c.desiredSize); } }, { highWaterMark: 3 }); return size; });
test("size", () => { let size; new ReadableStream({ start(c) { c.enqueue("abc"); size = c.desiredSize; } }, { highWaterMark: 10, size: (x) => x.length }); return size; });
test("error", () => drain(new ReadableStream({ start(c) { c.error(new RangeError("r")); } })));
test("error in pull", () => drain(new ReadableStream({ pull() { throw new RangeError("r"); } })));
test("error in start", () => new ReadableStream({ start() { throw new RangeError("r"); } }));
test("rejected start", () => drain(new ReadableStream({ start: () => Promise.reject(new RangeError("r")) })));
test("enqueue after close", () => new ReadableStream({ start(c) { c.close(); c.enqueue(1); } }));
test("cancel", async () => { let reason; const stream = new ReadableStream({ cancel(r) { reason = r; } }); await stream.cancel("why"); return [reason, await drain(stream)]; });
test("cancel of a locked stream", () => { const stream = source(1); stream.getReader(); return stream.cancel(); });
test("break cancels", async () => { let cancelled = false; const stream = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); }, cancel() { cancelled = true; } }); for await (const chunk of stream) break; return [cancelled, stream.locked]; });
test("values preventCancel", async () => { const stream = source(1, 2); for await (const chunk of stream.values({ preventCancel: true })) break; return drain(stream); });
test("tee", async () => { const [a, b] = source(1, 2).tee(); return [await drain(a), await drain(b)]; });
test("tee cancel both", async () => { let reason; const [a, b] = new ReadableStream({ cancel(r) { reason = r; } }).tee(); const done = a.cancel(1); b.cancel(2); await done; return reason; });
each([[1, 2], "ab", []], "from", (items) => drain(ReadableStream.from(items)));
test("from a generator", () => drain(ReadableStream.from((async function* () { yield 1; yield 2; })())));
test("from promises", () => drain(ReadableStream.from([Promise.resolve(1), 2])));
test("from what is none", () => ReadableStream.from(1));
test("from closes its iterator", async () => { let closed = false; const stream = ReadableStream.from((function* () { try { yield 1; yield 2; } finally { closed = true; } })()); const reader = stream.getReader(); await reader.read(); await reader.cancel(); return closed; });

const byteSource = (...lists) => new ReadableStream({ type: "bytes", start(c) { lists.forEach((list) => c.enqueue(new Uint8Array(list))); c.close(); } });
test("bytes", () => drain(byteSource([1, 2], [3])));
test("bytes refuse text", () => new ReadableStream({ type: "bytes", start(c) { c.enqueue("x"); } }));
test("bytes refuse empty", () => new ReadableStream({ type: "bytes", start(c) { c.enqueue(new Uint8Array(0)); } }));
each([1, 2, 5], "BYOB", async (size) => { const reader = byteSource([1, 2, 3]).getReader({ mode: "byob" }); const { value, done } = await reader.read(new Uint8Array(size)); return [hex(value), value.byteLength, done]; });
test("BYOB at the end", async () => { const reader = byteSource().getReader({ mode: "byob" }); const { value, done } = await reader.read(new Uint8Array(2)); return [value?.byteLength, done]; });
test("BYOB of other views", async () => { const reader = byteSource([1, 2, 3, 4]).getReader({ mode: "byob" }); const { value } = await reader.read(new Uint16Array(2)); return [value.constructor.name, value.length]; });
test("BYOB min", async () => { const reader = new ReadableStream({ type: "bytes", start(c) { c.enqueue(new Uint8Array([1])); c.enqueue(new Uint8Array([2, 3])); } }).getReader({ mode: "byob" }); const { value } = await reader.read(new Uint8Array(4), { min: 3 }); return hex(value); });
test("BYOB request", async () => { const stream = new ReadableStream({ type: "bytes", pull(c) { const view = c.byobRequest.view; view[0] = 7; c.byobRequest.respond(1); } }); const { value } = await stream.getReader({ mode: "byob" }).read(new Uint8Array(3)); return hex(value); });
test("BYOB detaches", async () => { const view = new Uint8Array(2); const reader = byteSource([1, 2]).getReader({ mode: "byob" }); const result = reader.read(view); const length = view.byteLength; await result; return length; });
test("BYOB of what is no byte stream", () => source(1).getReader({ mode: "byob" }));
test("autoAllocateChunkSize", async () => { let size; const stream = new ReadableStream({ type: "bytes", autoAllocateChunkSize: 8, pull(c) { size = c.byobRequest.view.byteLength; c.byobRequest.respond(1); } }); await stream.getReader().read(); return size; });
each(["nope", "", 1], "type", (type) => new ReadableStream({ type }));
each([-1, NaN, "x"], "highWaterMark", (highWaterMark) => new ReadableStream({}, { highWaterMark }));

const sink = () => { const seen = []; return [seen, new WritableStream({ write(chunk) { seen.push(chunk); }, close() { seen.push("close"); }, abort(reason) { seen.push("abort", reason); } })]; };
test("write", async () => { const [seen, stream] = sink(); const writer = stream.getWriter(); await writer.write(1); writer.write(2); await writer.close(); return seen; });
test("abort", async () => { const [seen, stream] = sink(); const writer = stream.getWriter(); writer.write(1).catch(() => {}); await writer.abort("r"); return [seen.slice(-2), await writer.closed.catch((e) => e)]; });
test("write after close", async () => { const [, stream] = sink(); const writer = stream.getWriter(); await writer.close(); return writer.write(1); });
test("write fails", async () => { const writer = new WritableStream({ write() { throw new RangeError("r"); } }).getWriter(); const seen = [await writer.write(1).catch((e) => e.name), await writer.write(2).catch((e) => e.name)]; writer.closed.catch(() => {}); writer.ready.catch(() => {}); return seen; });
test("ready and desiredSize", async () => { const writer = new WritableStream({ write: () => sleep(1) }, { highWaterMark: 2 }).getWriter(); const seen = [writer.desiredSize]; writer.write(1); seen.push(writer.desiredSize); writer.write(2); seen.push(writer.desiredSize); await writer.ready; return [...seen, writer.desiredSize]; });
test("controller's signal", async () => { let signal; const stream = new WritableStream({ start(c) { signal = c.signal; } }); await stream.abort("r"); return [signal.aborted, signal.reason]; });
test("locked writer", () => { const [, stream] = sink(); stream.getWriter(); return stream.getWriter(); });
test("close of a locked stream", () => { const [, stream] = sink(); stream.getWriter(); return stream.close(); });
test("sink with a type", () => new WritableStream({ type: "bytes" }));

test("pipeTo", async () => { const [seen, stream] = sink(); await source(1, 2).pipeTo(stream); return seen; });
test("pipeTo preventClose", async () => { const [seen, stream] = sink(); await source(1).pipeTo(stream, { preventClose: true }); return [seen, stream.locked]; });
test("pipeTo of an error", async () => { const [seen, stream] = sink(); const result = await new ReadableStream({ start(c) { c.error("bad"); } }).pipeTo(stream).catch((e) => e); return [seen, result]; });
test("pipeTo into an error", async () => { let cancelled; const stream = new WritableStream({ write() { throw "bad"; } }); const from = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); }, cancel(r) { cancelled = r; } }); return [await from.pipeTo(stream).catch((e) => e), cancelled]; });
test("pipeTo aborted", async () => { const controller = new AbortController(); const [seen, stream] = sink(); const piping = new ReadableStream({}).pipeTo(stream, { signal: controller.signal }); controller.abort("r"); return [await piping.catch((e) => e), seen]; });
test("pipeThrough", () => drain(source(1, 2).pipeThrough(new TransformStream({ transform(chunk, c) { c.enqueue(chunk * 2); c.enqueue("x"); } }))));
test("flush", () => drain(source(1).pipeThrough(new TransformStream({ flush(c) { c.enqueue("end"); } }))));
test("start of a transform", () => drain(source(1).pipeThrough(new TransformStream({ start(c) { c.enqueue("begin"); } }))));
test("terminate", () => drain(source(1, 2, 3).pipeThrough(new TransformStream({ transform(chunk, c) { c.enqueue(chunk); if (chunk === 2) c.terminate(); } }))));
test("transform fails", () => drain(source(1).pipeThrough(new TransformStream({ transform() { throw new RangeError("r"); } }))));
test("async transform", () => drain(source(1, 2).pipeThrough(new TransformStream({ async transform(chunk, c) { await sleep(1); c.enqueue(chunk); } }))));
test("identity", () => drain(source(1).pipeThrough(new TransformStream())));
test("CountQueuingStrategy", () => { const s = new CountQueuingStrategy({ highWaterMark: 4 }); return [s.highWaterMark, s.size("abc")]; });
test("ByteLengthQueuingStrategy", () => { const s = new ByteLengthQueuingStrategy({ highWaterMark: 4 }); return [s.highWaterMark, s.size(new Uint8Array(3))]; });
test("tags", () => [new ReadableStream(), new WritableStream(), new TransformStream(), new CompressionStream("gzip")].map((s) => Object.prototype.toString.call(s)));

const squeeze = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
const PAYLOADS = ["", "hello hello hello", "x".repeat(5000), "\u00fc\ud83d\ude00".repeat(40), Array.from({ length: 3000 }, (_, i) => String.fromCharCode(32 + (i * 7919) % 90)).join("")];
for (const format of ["gzip", "deflate", "deflate-raw"]) {
  PAYLOADS.forEach((payload, i) => {
    test(`${format} ${i} there and back`, async () => text(await squeeze(await squeeze(utf8(payload), new CompressionStream(format)), new DecompressionStream(format))) === payload);
    test(`${format} ${i} bytes`, async () => hex(await squeeze(utf8(payload), new CompressionStream(format))));
  });
  test(`${format} of junk`, () => squeeze(utf8("this is not compressed"), new DecompressionStream(format)));
  test(`${format} cut off`, async () => squeeze((await squeeze(utf8("hello"), new CompressionStream(format))).slice(0, -6), new DecompressionStream(format)));
  test(`${format} and more`, async () => squeeze(new Uint8Array([...(await squeeze(utf8("hello"), new CompressionStream(format))), 1, 2]), new DecompressionStream(format)));
}
each(["br", "", "GZIP", null], "compress as", (format) => new CompressionStream(format));
test("compress text", () => drain(source("x").pipeThrough(new CompressionStream("gzip"))));
