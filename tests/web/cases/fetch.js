// Headers, Request, Response, and what fetch does without a network.
const INITS = [[["b", "2"], ["a", "1"], ["b", "3"]], { "X-A": " 1 ", c: "\t2\t" }, {}, [], [["a"]], { "bad name": "x" }, { a: "x\ny" }, { a: "\u00ff" }, { a: "\u0100" }, { "": "x" }, { a: "" }, [["set-cookie", "a=1"], ["Set-Cookie", "b=2"]], { a: 1, b: true }, { "content-type": "A/B" }, [["a", "x, y"], ["a", "z"]]];
each(INITS, "Headers", (init) => [...new Headers(init)]);
each(INITS.slice(0, 5), "Headers copied", (init) => [...new Headers(new Headers(init))]);
test("Headers of null", () => new Headers(null));
test("Headers of text", () => new Headers("x"));
test("Headers methods", () => {
  const headers = new Headers({ A: "1" });
  headers.append("a", "2");
  headers.set("b", "3");
  headers.append("set-cookie", "x=1");
  headers.append("set-cookie", "y=2");
  const seen = [headers.get("A"), headers.get("zz"), headers.has("B"), headers.getSetCookie(), headers.get("set-cookie"), [...headers.keys()], [...headers.values()]];
  headers.delete("a");
  return [...seen, [...headers.entries()]];
});
test("Headers order and forEach", () => {
  const seen = [];
  new Headers({ z: "1", a: "2", m: "3" }).forEach((value, name, all) => seen.push(name, value, all instanceof Headers));
  return seen;
});
test("Headers iterated while changed", () => {
  const headers = new Headers({ a: "1", b: "2" });
  const seen = [];
  for (const [name] of headers) { seen.push(name); if (name === "a") headers.append("c", "3"); }
  return seen;
});
each(["append", "delete", "get", "has", "set"], "Headers too few arguments", (name) => new Headers()[name]());

const REQUESTS = [["http://a/x"], ["http://a/x#h"], ["/x"], ["http://u:p@a/"], ["http://a", { method: "post" }], ["http://a", { method: "patch" }], ["http://a", { method: "PaTcH" }], ["http://a", { method: "TRACE" }], ["http://a", { method: "a b" }], ["http://a", { method: "get", body: "x" }], ["http://a", { method: "HEAD", body: "x" }], ["http://a", { method: "PUT", body: "x" }], ["http://a", { method: "DELETE", body: "{}" }], ["http://a", { redirect: "manual" }], ["http://a", { redirect: "nope" }], ["http://a", { credentials: "omit" }], ["http://a", { mode: "navigate" }], ["http://a", { mode: "no-cors", method: "PUT" }], ["http://a", { cache: "no-store" }], ["http://a", { cache: "only-if-cached" }], ["http://a", { headers: { a: "b", host: "c", cookie: "d" } }], ["http://a", { referrer: "" }], ["http://a", { keepalive: true }], ["http://a", { integrity: "x" }], ["http://a", { window: 1 }], ["http://a", { signal: 1 }], ["http://a", null], ["http://a", { duplex: "full" }], ["http://a", { duplex: "half" }], ["http://a", { referrerPolicy: "origin" }], ["data:,x"], [""]];
each(REQUESTS, "Request", (args) => {
  const request = new Request(...args);
  const { method, url, redirect, credentials, mode, cache, keepalive, integrity, referrer, referrerPolicy, destination, duplex, bodyUsed } = request;
  return { method, url, redirect, credentials, mode, cache, keepalive, integrity, referrer, referrerPolicy, destination, duplex, bodyUsed, body: request.body === null, headers: [...request.headers] };
});
test("Request of a URL object", () => new Request(new URL("http://a/b")).url);
test("Request of a Request", async () => {
  const first = new Request("http://a", { method: "POST", body: "x", headers: { a: "1" } });
  const second = new Request(first, { headers: { b: "2" } });
  return [first.bodyUsed, second.method, [...second.headers], await second.text()];
});
test("Request of a used Request", async () => {
  const first = new Request("http://a", { method: "POST", body: "x" });
  await first.text();
  return new Request(first);
});
test("Request clone", async () => {
  const first = new Request("http://a", { method: "POST", body: "x" });
  const copy = first.clone();
  return [await first.text(), await copy.text(), copy.url, copy.method];
});
test("Request follows a signal", () => {
  const controller = new AbortController();
  const request = new Request("http://a", { signal: controller.signal });
  const before = request.signal.aborted;
  controller.abort("r");
  return [before, request.signal.aborted, request.signal.reason, request.signal === controller.signal, request.clone().signal.aborted];
});
test("Request with a stream needs duplex", () => new Request("http://a", { method: "POST", body: new ReadableStream() }));
test("Request is written", () => [Object.prototype.toString.call(new Request("http://a")), Request.length, Response.length, Headers.name]);

const RESPONSES = [["x"], ["x", { status: 201, statusText: "Made" }], [null, { status: 204 }], ["x", { status: 204 }], ["x", { status: 304 }], [null, { status: 101 }], [null, { status: 199 }], [null, { status: 600 }], [null, { status: "x" }], [null, { statusText: "a\nb" }], [null, { headers: { a: "b" } }], ["x", { headers: { "content-type": "t/t" } }], [null, null], [{}], [1], [true]];
each(RESPONSES, "Response", async (args) => {
  const response = new Response(...args);
  const { status, statusText, ok, type, url, redirected, bodyUsed } = response;
  return { status, statusText, ok, type, url, redirected, bodyUsed, body: response.body === null, headers: [...response.headers], text: await response.text() };
});
each([[{ a: 1 }], ["x"], [null], [1], [[1], { status: 500, headers: { "content-type": "x/y" } }], [{}, { status: 204 }]], "Response.json", async (args) => {
  const response = Response.json(...args);
  return [response.status, [...response.headers], await response.text()];
});
test("Response.json of a circle", () => { const a = {}; a.a = a; return Response.json(a); });
test("Response.json of a bigint", () => Response.json(1n));
each([["http://a/b"], ["http://a/b", 301], ["http://a", 200], ["nope"], ["http://a/\u00fc", 307]], "Response.redirect", (args) => {
  const response = Response.redirect(...args);
  return [response.status, response.headers.get("location"), response.type];
});
test("Response.error", () => { const { status, type, ok } = Response.error(); return [status, type, ok]; });
test("immutable headers", () => Response.error().headers.set("a", "b"));

const BODIES = { string: () => "h\u00e9", bytes: () => new Uint8Array([104, 105]), buffer: () => new Uint8Array([104]).buffer, view: () => new DataView(new Uint8Array([104, 105]).buffer, 1), params: () => new URLSearchParams({ a: "b c", "\u00fc": "&" }), blob: () => new Blob(["x"], { type: "a/b;c=d" }), "plain blob": () => new Blob(["x"]), stream: () => new Blob(["s"]).stream(), empty: () => "", none: () => null, json: () => '{"a":[1]}', "bad json": () => "{", bom: () => "\ufeff{}", generator: () => ReadableStream.from([utf8("g1"), utf8("g2")]) };
for (const [name, make] of Object.entries(BODIES)) {
  for (const method of ["text", "json", "arrayBuffer", "bytes", "blob", "formData"]) {
    test(`body ${name} as ${method}`, async () => {
      const response = new Response(make());
      const result = await response[method]();
      const shown = method === "blob" ? [result.type, await result.text()] : method === "formData" ? [...result] : result;
      return [response.headers.get("content-type"), shown, response.bodyUsed];
    });
  }
}
test("body of text chunks", () => new Response(ReadableStream.from(["a"])).text());
test("a body is read once", async () => { const response = new Response("x"); await response.text(); return response.text(); });
test("an empty body is read twice", async () => { const response = new Response(); return [await response.text(), await response.text(), response.bodyUsed]; });
test("a locked body", () => { const response = new Response("x"); response.body.getReader(); return response.text(); });
test("clone of a used body", async () => { const response = new Response("x"); await response.text(); return response.clone(); });
test("clone", async () => { const response = new Response("abc", { status: 201, headers: { a: "b" } }); const copy = response.clone(); return [await copy.text(), await response.text(), copy.status, copy.headers.get("a"), copy !== response]; });
test("body in pieces", async () => { const seen = []; for await (const piece of new Response("abc").body) seen.push(text(piece)); return seen; });
test("cancelled body", async () => { const response = new Response("abc"); await response.body.cancel(); return [response.bodyUsed, await response.text().catch((error) => error.name)]; });
test("body of a failed stream", () => new Response(new ReadableStream({ start(c) { c.error(new RangeError("r")); } })).text());

const multipart = (lines, boundary = "b") => new Response(lines.join("\r\n"), { headers: { "content-type": `multipart/form-data; boundary=${boundary}` } });
const FORMS = {
  field: ["--b", 'Content-Disposition: form-data; name="a"', "", "1", "--b--", ""],
  file: ["--b", 'Content-Disposition: form-data; name="f"; filename="x.txt"', "Content-Type: text/plain", "", "hi", "--b--", ""],
  both: ["--b", 'Content-Disposition: form-data; name="a"', "", "1", "--b", 'content-disposition: form-data; name="f"; filename="y"', "", "z", "--b--", ""],
  quoted: ["--b", 'Content-Disposition: form-data; name="a%22b"', "", "", "--b--", ""],
  unicode: ["--b", 'Content-Disposition: form-data; name="\u00fc"; filename="\u00e4.txt"', "", "\u00f6", "--b--", ""],
  "no end": ["--b", 'Content-Disposition: form-data; name="a"', "", "1"],
  "no name": ["--b", "Content-Disposition: form-data", "", "1", "--b--", ""],
  "no head": ["--b", "", "1", "--b--", ""],
  empty: ["--b--", ""],
  "wrong boundary": ["--c", 'Content-Disposition: form-data; name="a"', "", "1", "--c--", ""],
  lines: ["--b", 'Content-Disposition: form-data; name="a"', "", "1", "2", "--b--", ""],
};
for (const [name, lines] of Object.entries(FORMS)) {
  test(`multipart ${name}`, async () => {
    const seen = [];
    for (const [key, value] of await multipart(lines).formData()) seen.push([key, typeof value === "string" ? value : [value.name, value.type, await value.text()]]);
    return seen;
  });
}
test("multipart without a boundary", () => new Response("x", { headers: { "content-type": "multipart/form-data" } }).formData());
test("a form there and back", async () => {
  const form = new FormData();
  form.append("a\r\n\"", "x\ny");
  form.append("f", new File(["body"], 'n"m.txt', { type: "t/p" }));
  form.append("e", new Blob([]));
  const response = new Response(form);
  const seen = [/^multipart\/form-data; boundary=----formdata-undici-0\d{11}$/.test(response.headers.get("content-type"))];
  for (const [key, value] of await response.formData()) seen.push([key, typeof value === "string" ? value : [value.name, value.type, await value.text()]]);
  return seen;
});
test("formData of text", () => new Response("a=b", { headers: { "content-type": "text/plain" } }).formData());
test("formData of a form", async () => [...(await new Response("a=b&c=%20+", { headers: { "content-type": "application/x-www-form-urlencoded" } }).formData())]);

each(["data:,hi", "data:text/plain;base64,aGk=", "data:text/html,%3Cb%3E", "data:;charset=utf-8,\u00fc", "data:application/json,{\"a\":1}", "data:x", "data:;base64,!!"], "fetch", async (url) => {
  const response = await fetch(url);
  return [response.status, response.statusText, response.type, response.url, response.headers.get("content-type"), await response.text()];
});
each(["/x", "nope", "http://", "ftp://a/", "about:blank", "file:///etc/passwd", "mailto:a@b", "http://u:p@a/"], "fetch refuses", (url) => fetch(url));
test("fetch aborted before", () => fetch("http://127.0.0.1:1/", { signal: AbortSignal.abort("why") }));
test("fetch aborted before, no reason", () => fetch("http://127.0.0.1:1/", { signal: AbortSignal.abort() }));
test("fetch without arguments", () => fetch());
test("fetch gives a promise", () => { const made = fetch("nope:"); made.catch(() => {}); return made instanceof Promise; });
