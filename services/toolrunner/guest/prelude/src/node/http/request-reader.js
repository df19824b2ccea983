// Reads HTTP/1.1 requests from the bytes that a client writes to a socket (RFC 9112).
const START = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) HTTP\/1\.[01]$/;
const MAYBE_START = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}(?: |$)/;
const MAX_HEAD = 128 * 1024;
const NOT_SENT = new Set(["host"]);

function headOf(text) {
  const [start, ...lines] = text.split("\r\n");
  const found = START.exec(start);
  if (found === null) return undefined;
  const headers = [];
  for (const line of lines) {
    const at = line.indexOf(":");
    if (at <= 0) return undefined;
    headers.push([line.slice(0, at), line.slice(at + 1).trim()]);
  }
  return { method: found[1], target: found[2], headers };
}

const valueOf = (headers, name) => headers.find(([each]) => each.toLowerCase() === name)?.[1];

/** Makes `{feed(bytes)}`, which gives the requests that are whole, or `{isOther}`, `{isTooLarge}`. */
export function requestReader(most) {
  let rest = Buffer.alloc(0);
  let head = null;
  let chunks = null;
  let total = 0;

  // The size of the next chunk and where it begins, undefined if its line is not there yet.
  function chunkAt() {
    const end = rest.indexOf("\r\n");
    if (end < 0) return undefined;
    const size = parseInt(rest.subarray(0, end).toString("latin1"), 16);
    return { size, at: end + 2 };
  }

  function take(size) {
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  }

  // The body once it is whole; undefined while it is not.
  function body() {
    if (chunks === null) {
      const size = Number(valueOf(head.headers, "content-length") ?? 0);
      total = size;
      return rest.length >= size && size <= most ? take(size) : undefined;
    }
    for (let next = chunkAt(); next !== undefined && total <= most; next = chunkAt()) {
      const { size, at } = next;
      if (!(size >= 0)) return null;
      if (rest.length < at + size + 2) return undefined;
      take(at);
      chunks.push(take(size));
      total += size;
      take(2);
      if (size === 0) return Buffer.concat(chunks);
    }
    return undefined;
  }

  function begin() {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return rest.length <= MAX_HEAD && (rest.length === 0 || MAYBE_START.test(rest.toString("latin1", 0, 65))) ? undefined : null;
    head = headOf(take(end + 4).toString("latin1", 0, end));
    if (head === undefined) return null;
    total = 0;
    chunks = /chunked/i.test(valueOf(head.headers, "transfer-encoding") ?? "") ? [] : null;
    return head;
  }

  function* feed(bytes) {
    rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
    for (;;) {
      const begun = head ?? begin();
      if (begun === null) yield { isOther: true };
      if (!begun) return;
      const whole = begun.method === "CONNECT" ? Buffer.alloc(0) : body();
      if (total > most) yield { isTooLarge: true };
      if (whole === null) yield { isOther: true };
      if (!whole) return;
      const headers = begun.headers.filter(([name]) => !NOT_SENT.has(name.toLowerCase()));
      head = null;
      yield { ...begun, headers, body: whole };
    }
  }
  return { feed };
}
