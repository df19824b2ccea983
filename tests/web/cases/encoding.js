// TextEncoder, TextDecoder, their streams, atob and btoa.
const bytes = (...list) => new Uint8Array(list.flat());
const STRINGS = ["", "a", "h\u00e9", "\u20ac", "\ud83d\ude00", "\ud800", "\udc00x", "a\ud800", "\ufeffbom", "\u0000", "\uffff", "x".repeat(50), "\u00e9".repeat(9)];
each(STRINGS, "encode", (string) => hex(utf8(string)));
each(STRINGS, "round trip", (string) => text(utf8(string)));
each([[0, "abc"], [2, "abc"], [3, "\u20ac"], [2, "\u20ac"], [4, "\ud83d\ude00"], [3, "a\ud83d\ude00"], [5, "\ud800x"]], "encodeInto", ([size, string]) => {
  const target = new Uint8Array(size);
  return [new TextEncoder().encodeInto(string, target), hex(target)];
});
test("encoder's encoding", () => new TextEncoder().encoding);
test("encode nothing", () => hex(new TextEncoder().encode()));

const UTF8 = [
  [0x61], [0xc3, 0xa9], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80], [0xff], [0x80], [0xc0, 0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80], [0xef, 0xbb, 0xbf, 0x61], [0xef, 0xbb], [0x61, 0xc3, 0x61], [0xe0, 0x80, 0x80], [0xf0, 0x80, 0x80, 0x80], [0xfe, 0xff], [0x00], [0xc2, 0xc2, 0xa9], [0xe2, 0x28, 0xa1],
];
each(UTF8, "utf-8", (list) => new TextDecoder().decode(bytes(list)));
each(UTF8, "utf-8 fatal", (list) => new TextDecoder("utf-8", { fatal: true }).decode(bytes(list)));
each(UTF8, "utf-8 with its mark", (list) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes(list)));
const UTF16 = [[0x61, 0], [0, 0x61], [0x3d, 0xd8, 0, 0xde], [0xd8, 0x3d, 0xde, 0], [0x3d, 0xd8], [0, 0xdc, 0x61, 0], [0x61], [0xff, 0xfe, 0x61, 0], [0xfe, 0xff, 0, 0x61], []];
for (const label of ["utf-16le", "utf-16be", "utf-16"]) {
  each(UTF16, label, (list) => new TextDecoder(label).decode(bytes(list)));
  each(UTF16, `${label} fatal`, (list) => new TextDecoder(label, { fatal: true }).decode(bytes(list)));
}
const HIGH = [[0x80, 0x81, 0x8d, 0x9f], [0xa0, 0xe9, 0xff], [0x41, 0x00, 0x7f]];
const LABELS = ["latin1", "windows-1252", "iso-8859-1", "ascii", "us-ascii", "iso-8859-2", "iso-8859-15", "windows-1251", "koi8-r", "macintosh", "ibm866", "windows-1250", "windows-1253", "iso-8859-7", "windows-874", "x-user-defined"];
for (const label of LABELS) each(HIGH, label, (list) => new TextDecoder(label).decode(bytes(list)));
each(["UTF-8", " utf8 ", "unicode-1-1-utf-8", "utf-16", "Latin1", "l1", "cp1252", "x-cp1252", "utf-7", "nope", "", "unicode", "ucs-2", "csisolatin1"], "label", (label) => new TextDecoder(label).encoding);
each([[1, 2], [2, 1], [1, 1, 1], [3]], "streaming splits of a euro sign", (sizes) => {
  const decoder = new TextDecoder();
  const source = bytes(0xe2, 0x82, 0xac);
  let at = 0;
  const seen = sizes.map((size) => decoder.decode(source.slice(at, (at += size)), { stream: true }));
  return [...seen, decoder.decode()];
});
each([[0xe2], [0xe2, 0x82], [0xf0, 0x9f], [0x61, 0xc3]], "a stream that ends early", (list) => {
  const decoder = new TextDecoder();
  return [decoder.decode(bytes(list), { stream: true }), decoder.decode()];
});
test("a fatal stream that ends early", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  decoder.decode(bytes(0xe2), { stream: true });
  return decoder.decode();
});
test("utf-16 in halves", () => {
  const decoder = new TextDecoder("utf-16le");
  return [decoder.decode(bytes(0x3d), { stream: true }), decoder.decode(bytes(0xd8, 0x00), { stream: true }), decoder.decode(bytes(0xde))];
});
test("decode a DataView", () => new TextDecoder().decode(new DataView(bytes(0x61, 0x62, 0x63).buffer, 1, 1)));
test("decode a buffer", () => new TextDecoder().decode(bytes(0x61).buffer));
test("decode nothing", () => new TextDecoder().decode());
test("decode text", () => new TextDecoder().decode("x"));
test("decoder's properties", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return [decoder.encoding, decoder.fatal, decoder.ignoreBOM];
});
const through = async (parts, stream) => {
  const seen = [];
  for await (const chunk of ReadableStream.from(parts).pipeThrough(stream)) seen.push(typeof chunk === "string" ? chunk : hex(chunk));
  return seen;
};
test("TextDecoderStream", () => through([bytes(0xe2, 0x82), bytes(0xac, 0x61)], new TextDecoderStream()));
test("TextDecoderStream cut off", () => through([bytes(0x61, 0xe2)], new TextDecoderStream()));
test("TextDecoderStream fatal", () => through([bytes(0xff)], new TextDecoderStream("utf-8", { fatal: true })));
test("TextEncoderStream", () => through(["a\u00e9", "\ud83d", "\ude00"], new TextEncoderStream()));
test("TextEncoderStream with half a pair", () => through(["a\ud83d"], new TextEncoderStream()));

const BINARY = ["", "a", "ab", "abc", "abcd", "\u0000\u00ff", "~~~???", "\u00fb\u00ff\u00bf", "\u0100", "\u20ac", "null"];
each(BINARY, "btoa", (string) => btoa(string));
each(["", "YQ==", "YQ=", "YQ", "YWI=", "YWJj", " Y Q = = ", "Y\nQ", "Y", "YQ===", "=YQ=", "Y=Q=", "-_", "+/", "YQ==YQ==", "\u00e9", "AA\u000b", "////", "ab\tcd", "a\u0000b"], "atob", (string) => atob(string));
test("atob nothing", () => atob());
test("btoa nothing", () => btoa());
test("btoa null", () => [btoa(null), btoa(undefined), btoa(12), atob(btoa({}))]);
