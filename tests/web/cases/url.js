// URL, URLSearchParams and URLPattern.
const parts = (url) => [url.href, url.origin, url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname, url.search, url.hash];

const ABSOLUTE = [
  "http://example.com", "http://example.com/", "HTTP://EXAMPLE.COM/A", "https://user:pass@host:8080/p/a/t/h?query=string#hash",
  "http://example.com:80/", "https://example.com:443/", "http://example.com:443/", "ftp://h:21/x", "ws://h:80/x", "wss://h:443/x",
  "http://example.com/./a/../b", "http://example.com/a/b/../../../c", "http://example.com/%2e/%2E%2e/x", "http://example.com/a//b///c",
  "http://example.com\\a\\b", "http:\\\\example.com\\x", "http:/example.com/x", "http:example.com/x", "http:///example.com/x", "https:////x.y/z",
  " http://example.com ", "\thttp://exa\nmple.com\r/", "http://example.com/ space", "http://example.com/a b?c d#e f", "http://example.com/\u00fc?\u00fc#\u00fc",
  "http://example.com/%zz", "http://example.com/%", "http://example.com/'\"<>`{}|^", "http://example.com/?'\"<>`{}|^", "http://example.com/#'\"<>`{}|^",
  "http://[::1]/", "http://[::1]:80/", "http://[1:2:3:4:5:6:7:8]/", "http://[1:0:0:4:0:0:0:8]/", "http://[::ffff:1.2.3.4]/", "http://[::1.2.3.4]/", "http://[::1%25eth0]/",
  "http://[1::2::3]/", "http://[:::1]/", "http://[::12345]/", "http://[g::1]/", "http://[::1", "http://::1/", "http://[1:2:3:4:5:6:7]/", "http://[1:2:3:4:5:6:7:8:9]/",
  "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://0x7f.1/", "http://0177.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://256.1.1.1/",
  "http://1.2.3.4.5/", "http://1.2.3/", "http://1..2/", "http://0/", "http://0x/", "http://08.1/", "http://1.2.3.4./", "http://999999999999/", "http://4294967295/", "http://4294967296/",
  "http://a.b.0x/", "http://foo.0/", "http://foo.09/", "http://192.168.0.257/", "http://%30%78%37f.1/", "http://\uff11\uff12\uff17.0.0.1/",
  "http://b\u00fccher.example/", "http://B\u00dcCHER.example/", "http://xn--bcher-kva.example/", "http://stra\u00dfe.de/", "http://fa\u00df.example/", "http://\u4f8b\u3048.jp/", "http://\u03c3\u03c2.gr/",
  "http://\u2603.net/", "http://\ud83d\udca9.la/", "http://a\u00adb.com/", "http://a\u200db.com/", "http://\u3002example.com/", "http://example\u3002com/", "http://xn--/", "http://xn--a/", "http://xn--zn7c.com/",
  "http://\u0627\u0644.com/", "http://\u05d0\u05d1.com/", "http://1\u05d0.com/", "http://\ufdd0.com/", "http://a\u0301.com/", "http://\u2115.com/", "http://\uff27\uff4f.com/", "http://a_b.com/", "http://-a-.com/",
  "http://a b.com/", "http://a%20b.com/", "http://a%00b/", "http://a<b/", "http://a>b/", "http://a^b/", "http://a|b/", "http://a%b/", "http://a@b@c/", "http://user@/x", "http://:@host/", "http://u:@host/", "http://:p@host/",
  "http://us%20er:pa%20ss@host/", "http://us er:p\u00e4ss@host/", "http://u:p:q@host/", "http://host:/", "http://host:0/", "http://host:65535/", "http://host:65536/", "http://host:-1/", "http://host:8a/", "http://host: 80/", "http://host:00080/",
  "http://", "http:", "http://?", "http://#", "//example.com", "/path", "", "foo", "foo:", "foo:bar", "foo://bar/baz", "foo:///bar", "foo://", "foo:/bar", "foo:bar?b#c", "foo://ho st/", "foo://HOST/", "foo://[::1]/", "foo://a:80/", "foo://%zz/",
  "mailto:a@b.c", "data:text/plain,hi there", "javascript:alert(1)", "about:blank", "blob:https://a.com/uuid", "blob:foo", "urn:isbn:1", "tel:+1", "file:///etc/passwd", "file://host/path", "file:c:/x", "file:///C|/x", "file:///C:/../x", "file://localhost/x", "file:", "file:x", "file:/x", "file://%43%3A/x",
  "http://example.com?a=b", "http://example.com#a", "http://example.com/?", "http://example.com/#", "http://example.com/?#", "http://example.com/??a=b&&c", "http://example.com/a;b=c", "http://example.com/a%2fb", "http://example.com/\ud800", "http://example.com/?\ud800", "1http://x", "ht tp://x", "h+t-t.p://x", "http://user:pass@", "http://a.b.c.:80/", "http://\u00a0x/", "http://x\u0000y/", "non-special:opaque  ", "non-special:opaque ?q", "web+demo:/.//not-a-host/", "web+demo:/..//x", "foo:/./..//p",
];
each(ABSOLUTE, "parts of", (input) => parts(new URL(input)));
each(ABSOLUTE.slice(0, 60), "canParse", (input) => [URL.canParse(input), URL.parse(input)?.href ?? null]);

const BASES = ["http://a/b/c/d;p?q", "https://user@host:81/x/y?z#w", "file:///a/b", "foo:bar", "foo://h/p/q", "about:blank", "http://[::1]/"];
const RELATIVE = ["g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", ";x", "", ".", "./", "..", "../", "../g", "../../../g", "g:h", "http:g", "\\g", "//h/../x", "?", "#", "/.//x", "C|/y", " g ", "//", "//:80", "https:", "x:y:z", "%2e%2e/g", "a/./b/../c"];
for (const base of BASES) each(RELATIVE, `against ${base}`, (input) => new URL(input, base).href);

const SETTERS = [
  ["protocol", ["https", "ftp:", "foo", "1x", "", "http:bar", "file"]], ["host", ["x.y", "x.y:81", "x:y", "", "[::1]:8", "a/b", "a?b", "b\u00fc", "x:65536"]],
  ["hostname", ["z", "z:81", "", "[::1]", "1.2", "a b"]], ["port", ["81", "", "80", "x", "8x", "65536", "-1", " 9", "0"]], ["pathname", ["x", "/x/../y", "", "a?b#c", "\u00fc", "//a", "\\a"]],
  ["search", ["x", "?x=y", "", "?", "a#b", "'"]], ["hash", ["x", "#y", "", "#", "a b", "`"]], ["username", ["u", "", "a:b@c", "\u00fc"]], ["password", ["p", "", "a:b@c"]], ["href", ["http://new/", "nope", "mailto:x"]],
];
for (const start of ["http://u:p@host:8080/p?q#h", "foo://host/p", "mailto:a@b", "file:///x"]) {
  for (const [name, values] of SETTERS) {
    each(values, `${start} ${name} =`, (value) => {
      const url = new URL(start);
      url[name] = value;
      return url.href;
    });
  }
}
test("URL is a string and JSON", () => [`${new URL("http://a")}`, JSON.stringify({ u: new URL("http://a/b") })]);
test("URL tag", () => Object.prototype.toString.call(new URL("http://a")));
test("URL without new", () => URL("http://a"));
test("URL without arguments", () => new URL());
test("searchParams change the URL", () => {
  const url = new URL("http://a/?x=1");
  url.searchParams.append("y", "2 3");
  url.searchParams.delete("x");
  return [url.href, url.search, url.searchParams === url.searchParams];
});
test("the URL changes searchParams", () => {
  const url = new URL("http://a/?x=1");
  const params = url.searchParams;
  url.search = "?z=9";
  return [params.get("z"), params.has("x"), params.size];
});

each(["a=1&b=2", "?a=1", "a", "a=", "=b", "&&a&&", "a=b=c", "a+b=c+d", "%61=%62", "%zz=%", "a=%E4", "\u00fc=\u00e4", "a=1&a=2&a=3", "", "?", "??a=b", "a=b#c", "a=%00", "a=\ud83d\ude00", "x=%F0%9F%98%80"], "URLSearchParams of", (input) => {
  const params = new URLSearchParams(input);
  return [[...params], `${params}`, params.size];
});
each([{ a: "1", b: "2" }, [["a", "b"], ["a", "c"]], {}, [], [["a"]], [["a", "b", "c"]], { a: [1, 2] }, { "a b": "c&d" }], "URLSearchParams from", (init) => `${new URLSearchParams(init)}`);
test("URLSearchParams from Map", () => `${new URLSearchParams(new Map([["a", "1"]]))}`);
test("URLSearchParams from itself", () => `${new URLSearchParams(new URLSearchParams("a=1"))}`);
test("URLSearchParams from null", () => `${new URLSearchParams(null)}`);
test("URLSearchParams from undefined", () => `${new URLSearchParams(undefined)}`);
each(["a b", "a+b", "\u00fc", "~!*()'", "&=?#", "\n", "%", "\ud83d\ude00", "\ud800"], "URLSearchParams writes", (value) => `${new URLSearchParams([[value, value]])}`);
test("URLSearchParams methods", () => {
  const params = new URLSearchParams("b=2&a=1&b=3");
  const seen = [params.get("b"), params.getAll("b"), params.get("x"), params.has("b", "3"), params.has("b", "9")];
  params.set("b", "4");
  params.append("c", "5");
  params.sort();
  seen.push(`${params}`);
  params.delete("b", "nope");
  params.delete("c");
  return [...seen, `${params}`, [...params.keys()], [...params.values()], [...params.entries()]];
});
test("URLSearchParams.sort is stable, by code units", () => {
  const params = new URLSearchParams("z=1&\ufb03=2&\ud83c\udf08=3&a=4&z=0");
  params.sort();
  return `${params}`;
});
test("URLSearchParams.forEach", () => {
  const seen = [];
  new URLSearchParams("a=1&b=2").forEach((value, name) => seen.push(name + value));
  return seen;
});

const PATTERNS = [
  [{ pathname: "/books/:id" }, "https://a.b/books/12"], [{ pathname: "/books/:id" }, "https://a.b/books/"], [{ pathname: "/*" }, "https://a.b/x/y"], [{ pathname: "/:a/:b?" }, "https://a.b/x"],
  [{ hostname: "*.example.com" }, "https://www.example.com/"], [{ hostname: "*.example.com" }, "https://example.com/"], [{ protocol: "http{s}?" }, "http://x/"], [{ pathname: "/(\\d+)" }, "https://a/42"],
  [{ pathname: "/(\\d+)" }, "https://a/x"], [{ search: "q=:q" }, "https://a/?q=1"], [{ pathname: "/a{/b}?" }, "https://a/a/b"], [{ pathname: "/:x+" }, "https://a/1/2/3"], [{ port: "8080" }, "http://a:8080/"], [{ hash: "top" }, "http://a/#top"],
];
for (const [init, input] of PATTERNS) {
  test(`URLPattern ${JSON.stringify(init)} ${input}`, () => {
    const pattern = new URLPattern(init);
    const found = pattern.exec(input);
    return [pattern.test(input), found && found.pathname.groups, found && found.hostname.groups, pattern.pathname];
  });
}
test("URLPattern from a string", () => new URLPattern("https://example.com/:a").exec("https://example.com/1").pathname.groups);
test("URLPattern from a string and a base", () => new URLPattern("/:a", "https://example.com").test("https://example.com/1"));
test("URLPattern that is none", () => new URLPattern({ pathname: "/(" }));
// Node writes the code into the stack of what a setter throws, and only there.
const failing = (act) => { try { return act(); } catch (error) { return [error.name, error.code, error.message, error.input, error.base, error.stack.split("\n")[0].replace(" [ERR_INVALID_URL]", ""), error.cause?.code]; } };
each(["nope", "", "http://", "//x", "http://a b/", "http://[::1"], "refused", (text) => [
  failing(() => new URL(text)), failing(() => new URL(text, "bad")), failing(() => new URL(text, "mailto:x")), failing(() => { new URL("http://a/").href = text; }), failing(() => new Request(text)), failing(() => Response.redirect(text)), URL.canParse(text), URL.parse(text),
]);
