// structuredClone, Blob, File, FormData, DOMException.
const same = (value) => structuredClone(value);
const VALUES = {
  null: () => null, undefined: () => undefined, number: () => 1.5, "minus zero": () => -0, nan: () => NaN, bigint: () => 5n, string: () => "x", array: () => [1, , 3], nested: () => ({ a: [{ b: new Date(5) }] }),
  "boxed number": () => Object(1), "boxed string": () => Object("s"), map: () => new Map([[{ a: 1 }, new Set([1])]]), set: () => new Set(["a", NaN]), date: () => new Date(1e12), "bad date": () => new Date(NaN),
  bytes: () => new Uint8Array([1, 2, 3]), part: () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3), floats: () => new Float64Array([1.5]), big: () => new BigInt64Array([5n]), view: () => new DataView(new ArrayBuffer(3), 1), buffer: () => new Uint8Array([9]).buffer,
  "null prototype": () => Object.assign(Object.create(null), { x: 1 }), instance: () => new (class A { x = 1; get y() { return 2; } })(), getter: () => ({ get a() { return 7; } }), hidden: () => Object.defineProperty({}, "h", { value: 1 }), url: () => new URL("http://a/"),
};
for (const [name, make] of Object.entries(VALUES)) test(`clone ${name}`, () => same(make()));
for (const [name, make] of Object.entries(VALUES)) {
  test(`clone ${name}: what it is`, () => {
    const copy = same(make());
    return [Object.prototype.toString.call(copy), copy instanceof Object, typeof copy];
  });
}
const REFUSED = {
  function: () => () => 1, symbol: () => Symbol("s"), "method inside": () => ({ f() {} }), promise: () => Promise.resolve(), weakmap: () => new WeakMap(), weakset: () => new WeakSet(), weakref: () => new WeakRef({}),
  headers: () => new Headers(), response: () => new Response(), request: () => new Request("http://a"), form: () => new FormData(), "symbol in array": () => [Symbol.iterator], stream: () => new ReadableStream(), class: () => class {},
};
for (const [name, make] of Object.entries(REFUSED)) test(`clone refuses ${name}`, () => same(make()));
test("clone of a regexp", () => {
  const source = /a+/giu;
  source.lastIndex = 3;
  const copy = same(source);
  return [copy.source, copy.flags, copy.lastIndex];
});
for (const Kind of [Error, TypeError, RangeError, SyntaxError, EvalError, URIError, ReferenceError]) {
  test(`clone of a ${Kind.name}`, () => {
    const copy = same(new Kind("m", { cause: "c" }));
    return [copy instanceof Kind, copy.name, copy.message, copy.cause, typeof copy.stack];
  });
}
test("clone of an error of a class", () => {
  class MyError extends Error {
    name = "MyError";
    extra = 1;
  }
  const copy = same(new MyError("m"));
  return [copy.name, copy.message, copy.extra, copy.constructor === Error];
});
test("clone of a DOMException", () => {
  const copy = same(new DOMException("m", "AbortError"));
  return [copy instanceof DOMException, copy.name, copy.message, copy.code];
});
test("clone keeps circles", () => {
  const a = { list: [] };
  a.list.push(a, a.list);
  const copy = same(a);
  return [copy !== a, copy.list[0] === copy, copy.list[1] === copy.list];
});
test("clone keeps shared buffers", () => {
  const buffer = new ArrayBuffer(4);
  const copy = same([new Uint8Array(buffer), new Uint16Array(buffer)]);
  return [copy[0].buffer === copy[1].buffer, copy[0].buffer !== buffer];
});
test("clone of array extras", () => {
  const list = Object.assign([1], { x: 2 });
  return [same(list).x, same(list).length];
});
test("clone of __proto__", () => {
  const copy = same(JSON.parse('{"__proto__": {"a": 1}}'));
  return [Object.hasOwn(copy, "__proto__"), copy.a === undefined];
});
test("transfer", () => {
  const buffer = new Uint8Array([1, 2]).buffer;
  const copy = structuredClone({ buffer }, { transfer: [buffer] });
  return [buffer.byteLength, buffer.detached, copy.buffer.byteLength];
});
test("transfer twice", () => {
  const buffer = new ArrayBuffer(1);
  return structuredClone(buffer, { transfer: [buffer, buffer] });
});
test("transfer what cannot be", () => structuredClone(1, { transfer: [{}] }));
test("clone of a detached buffer", () => {
  const buffer = new ArrayBuffer(1);
  structuredClone(buffer, { transfer: [buffer] });
  return structuredClone(buffer);
});
test("clone of nothing", () => structuredClone());
test("clone of a blob", async () => {
  const copy = same(new Blob(["x"], { type: "a/b" }));
  return [copy instanceof Blob, await copy.text(), copy.type];
});

const PARTS = { strings: ["a", "b"], mixed: ["a", new Uint8Array([98]), new Uint8Array([99]).buffer], blob: [new Blob(["x"]), "y"], number: [1, null, undefined, true], view: [new DataView(new Uint8Array([100]).buffer)], empty: [], "\u00fc": ["\u00fc\ud83d\ude00"], lone: ["\ud800"], lines: ["a\r\nb\nc\r"] };
for (const [name, parts] of Object.entries(PARTS)) {
  test(`Blob of ${name}`, async () => {
    const blob = new Blob(parts, { type: "Text/Plain" });
    return [blob.size, blob.type, await blob.text(), hex(await blob.arrayBuffer()), hex(await blob.bytes())];
  });
}
each([[], [1], [1, 3], [-2], [-3, -1], [2, 1], [0, 99], [99], [1, undefined, "x/y"], ["1", "2"], [NaN]], "Blob.slice", async (args) => {
  const part = new Blob(["abcd"], { type: "t/t" }).slice(...args);
  return [part.size, part.type, await part.text()];
});
each(["A/B", "t\u00fc/x", "a\nb", "", "x".repeat(10), " a "], "Blob type", (type) => new Blob([], { type }).type);
each([null, 1, "abc", {}, undefined], "Blob of no list", (parts) => new Blob(parts).size);
test("Blob endings", async () => [await new Blob(["a\r\nb"], { endings: "native" }).text(), await new Blob(["a\r\nb"], { endings: "transparent" }).text()]);
test("Blob stream", async () => {
  const seen = [];
  for await (const chunk of new Blob(["ab", "c"]).stream()) seen.push(...chunk);
  return seen;
});
test("Blob stream BYOB", async () => {
  const reader = new Blob(["abc"]).stream().getReader({ mode: "byob" });
  const { value, done } = await reader.read(new Uint8Array(8));
  return [hex(value), done];
});
test("File", () => {
  const file = new File(["x"], "a/b.txt", { type: "t/p", lastModified: 5 });
  return [file.name, file.size, file.type, file.lastModified, file instanceof Blob, Object.prototype.toString.call(file)];
});
test("File without a name", () => new File(["x"]));
test("File of a slice", () => new File(["abc"], "n").slice(1) instanceof File);

test("FormData entries", () => {
  const form = new FormData();
  form.append("a", 1);
  form.append("a", "2");
  form.append("b", null);
  return [[...form], form.get("a"), form.getAll("a"), form.get("x"), form.has("b"), [...form.keys()], [...form.values()]];
});
test("FormData set and delete", () => {
  const form = new FormData();
  for (const [name, value] of [["a", "1"], ["b", "2"], ["a", "3"]]) form.append(name, value);
  form.set("a", "9");
  form.delete("b");
  return [...form];
});
test("FormData of blobs", () => {
  const form = new FormData();
  form.append("f", new Blob(["x"]));
  form.append("g", new Blob(["x"], { type: "t/t" }), "n.txt");
  form.append("h", new File(["y"], "o.txt"), "p.txt");
  return [...form].map(([name, file]) => [name, file instanceof File, file.name, file.type, file.size]);
});
test("FormData append a name for text", () => new FormData().append("a", "b", "c"));
test("FormData append too little", () => new FormData().append("a"));
test("FormData forEach", () => {
  const form = new FormData();
  form.append("a", "1");
  const seen = [];
  form.forEach((value, name, all) => seen.push(value, name, all === form));
  return seen;
});

each(["AbortError", "TimeoutError", "NotFoundError", "SyntaxError", "DataCloneError", "NoSuchError", "InvalidCharacterError", "QuotaExceededError", "NetworkError", "OperationError", "InvalidStateError", "HierarchyRequestError"], "DOMException", (name) => {
  const error = new DOMException("m", name);
  return [error.name, error.message, error.code, error instanceof Error, `${error}`, Object.prototype.toString.call(error)];
});
test("DOMException with options", () => {
  const error = new DOMException("m", { name: "X", cause: 1 });
  return [error.name, error.cause, new DOMException().name, new DOMException().message];
});
test("DOMException constants", () => [DOMException.ABORT_ERR, DOMException.INDEX_SIZE_ERR, new DOMException().TIMEOUT_ERR, DOMException.INVALID_CHARACTER_ERR, DOMException.DATA_CLONE_ERR, DOMException.INUSE_ATTRIBUTE_ERR, DOMException.URL_MISMATCH_ERR]);
