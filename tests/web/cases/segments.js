// Intl.Segmenter: texts in many languages, and random strings of characters that the rules of Unicode (UAX #29)
// tell apart. A run that sets WHOLE takes more random strings and code points.
const GRANULARITIES = ["grapheme", "word", "sentence"];
const segmented = (text, locale, granularity) => Array.from(new Intl.Segmenter(locale, { granularity }).segment(text), ({ segment, isWordLike }) => (isWordLike === false ? [segment] : segment));
const TEXTS = {
  "en-US": "Dr. Smith can't pay $1,234.56 (e.g. for 3.5 lbs.). \u201cReally?\u201d he asked. Visit www.example.com/a_b at 10:30 a.m. now!",
  "en-GB": "Mr. O\u2019Neill\u2019s well-known co-op isn't open... is it? Yes! No. 7 is.", "de-DE": "Das kostet z. B. 1.234,56 \u20ac. Am 3. Mai 2026 geht\u2019s los! \u201eWirklich?\u201c, fragte Frau M\u00fcller-L\u00fcdenscheidt.",
  "fr-FR": "L\u2019\u00e9t\u00e9, c'est aujourd\u2019hui\u00a0! \u00ab\u00a0Vraiment\u00a0?\u00a0\u00bb dit-il. M. Dupont a 1\u202f234,5 kg.", "es-ES": "\u00bfQu\u00e9 tal? \u00a1Muy bien! El Sr. L\u00f3pez naci\u00f3 el 1.\u00ba de mayo.", "pt-BR": "Ol\u00e1! A av\u00f3 comprou p\u00e3es-de-l\u00f3. Custa R$ 1.234,56.",
  "it-IT": "Dell\u2019arte, un po' d\u2019acqua. Perch\u00e9 no? S\u00ec!", "nl-NL": "'s Ochtends om 8.30 u. eten zo'n 10 pinda's. Ja? IJ!", "sv-SE": "EU:s regler g\u00e4ller t.ex. i \u00c5re kl. 10:30. Ja!", "nb-NO": "Den 17. mai er en fin dag. \u00abJa!\u00bb sa hun.", "da-DK": "Bl\u00e5b\u00e6rgr\u00f8d koster 12,50 kr. Vil du have noget?",
  "fi-FI": "EU:n maat, n. 27 kpl. Vaa'an paino? Hyv\u00e4\u00e4 y\u00f6t\u00e4!", "pl-PL": "\u201eCze\u015b\u0107!\u201d \u2013 powiedzia\u0142. Zap\u0142aci\u0142 1 234,56 z\u0142 itd. Tak.", "cs-CZ": "P\u0159\u00edli\u0161 \u017elu\u0165ou\u010dk\u00fd k\u016f\u0148 \u00fap\u011bl. Kolik? 3. kv\u011btna!", "sk-SK": "V\u013a\u010d\u00ed h\u013aad. \u00c1no, 5 \u20ac!", "hu-HU": "\u00c1rv\u00edzt\u0171r\u0151 t\u00fck\u00f6rf\u00far\u00f3g\u00e9p. Az 1. nap? Igen!", "ro-RO": "\u021aara \u0219i \u0219coala: ce-i asta? Nu-mi pas\u0103.",
  "bg-BG": "\u0417\u0434\u0440\u0430\u0432\u0435\u0439\u0442\u0435! \u041a\u0430\u043a \u0441\u0442\u0435? \u0412 10:30 \u0447.", "hr-HR": "Dobro jutro. Kako si? \u0160to je 3. put!", "sl-SI": "\u010ce\u0161nje so zrele. Res?", "sr-RS": "\u0414\u043e\u0431\u0430\u0440 \u0434\u0430\u043d. \u041a\u0430\u043a\u043e \u0441\u0442\u0435?", "el-GR": "\u03a4\u03b9 \u03ba\u03ac\u03bd\u03b5\u03b9\u03c2; \u039a\u03b1\u03bb\u03ac; \u0388\u03bd\u03b1 \u03ba\u03b1\u03b9 1,5 \u03bc. \u0395\u03bd\u03c4\u03ac\u03be\u03b5\u03b9!", "uk-UA": "\u041f\u2019\u044f\u0442\u044c \u043c'\u044f\u0447\u0456\u0432. \u0427\u043e\u043c\u0443? \u0421\u043b\u0430\u0432\u0430!", "ru-RU": "\u00ab\u041f\u0440\u0438\u0432\u0435\u0442!\u00bb \u2014 \u0441\u043a\u0430\u0437\u0430\u043b \u043e\u043d. \u0412 2026 \u0433. \u0446\u0435\u043d\u0430 1\u00a0234,56 \u20bd.",
  "tr-TR": "\u0130stanbul'da saat 10.30. Nas\u0131ls\u0131n? \u0130yi!", "az-AZ": "Sabah\u0131n\u0131z xeyir. Nec\u0259siniz?", "he-IL": "\u05e9\u05dc\u05d5\u05dd! \u05e6\u05d4\"\u05dc \u05d5\u05d2'\u05d5\u05e8\u05d2'. \u05de\u05d4 \u05e9\u05dc\u05d5\u05de\u05da?", "ar-EG": "\u0645\u0631\u062d\u0628\u0627\u064b! \u0643\u064a\u0641 \u062d\u0627\u0644\u0643\u061f \u0661\u066b\u0665 \u0643\u063a\u060c \u0634\u0643\u0631\u0627\u064b.", "fa-IR": "\u0633\u0644\u0627\u0645. \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0628\u0631\u0648\u0645\u061f \u06f1\u06f2\u06f3!", "ur-PK": "\u0622\u067e \u06a9\u06cc\u0633\u06d2 \u06c1\u06cc\u06ba\u061f \u0634\u06a9\u0631\u06cc\u06c1\u06d4 \u0627\u0686\u06be\u0627\u06d4",
  "hi-IN": "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e\u0964 \u0906\u092a \u0915\u0948\u0938\u0947 \u0939\u0948\u0902? \u0967\u0968\u0969\u0964", "bn-BD": "\u0986\u09aa\u09a8\u09bf \u0995\u09c7\u09ae\u09a8 \u0986\u099b\u09c7\u09a8? \u09ad\u09be\u09b2\u09cb\u0964 \u09a7\u09a8\u09cd\u09af\u09ac\u09be\u09a6\u0964", "ta-IN": "\u0bb5\u0ba3\u0b95\u0bcd\u0b95\u0bae\u0bcd! \u0ba8\u0bc0\u0b99\u0bcd\u0b95\u0bb3\u0bcd \u0b8e\u0baa\u0bcd\u0baa\u0b9f\u0bbf?", "te-IN": "\u0c28\u0c2e\u0c38\u0c4d\u0c15\u0c3e\u0c30\u0c02. \u0c2e\u0c40\u0c30\u0c41 \u0c0e\u0c32\u0c3e?", "vi-VN": "Xin ch\u00e0o! B\u1ea1n kh\u1ecfe kh\u00f4ng? T\u00f4i tr\u1ea3 1.234 \u20ab.",
  "id-ID": "Anak-anak bermain. Apa kabar? Baik!", "ms-MY": "Selamat pagi. Apa khabar?", "sw-KE": "Ng'ombe wangapi? Kumi. Asante!", "am-ET": "\u1230\u120b\u121d\u1362 \u12a5\u1295\u12f4\u1275 \u1290\u1205\u1367 \u12f0\u1205\u1293\u1362", "ka-GE": "\u10d2\u10d0\u10db\u10d0\u10e0\u10ef\u10dd\u10d1\u10d0! \u10e0\u10dd\u10d2\u10dd\u10e0 \u10ee\u10d0\u10e0?", "hy-AM": "\u0532\u0561\u0580\u0587\u0589 \u053b\u0576\u0579\u057a\u0565\u055e\u057d \u0565\u057d\u0589", "ko-KR": "\uc548\ub155\ud558\uc138\uc694! 3\uac1c\uc758 \uc0ac\uacfc\ub97c \uc0c0\uc5b4\uc694. \uc815\ub9d0?",
  "ja-JP": "\u79c1\u306f\u5b66\u751f\u3067\u3059\u3002\u6771\u4eac\u30bf\u30ef\u30fc\u3078\u884c\u304d\u307e\u3057\u305f\uff01\u300c\u672c\u5f53\uff1f\u300d", "zh-CN": "\u6211\u4eec\u5728\u5317\u4eac\u5927\u5b66\u5b66\u4e60\u4e2d\u6587\u3002\u4eca\u5929\u5929\u6c14\u5f88\u597d\uff01\u662f\u5417\uff1f", "zh-TW": "\u6211\u5011\u5728\u53f0\u5317\u3002\u5929\u6c23\u5f88\u597d\uff01", "th-TH": "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e04\u0e23\u0e31\u0e1a \u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22\u0e2a\u0e27\u0e22\u0e07\u0e32\u0e21. 12 \u0e1a\u0e32\u0e17", "lo-LA": "\u0eaa\u0eb0\u0e9a\u0eb2\u0e8d\u0e94\u0eb5 \u0e9e\u0eb2\u0eaa\u0eb2\u0ea5\u0eb2\u0ea7",
  "km-KH": "\u1781\u17d2\u1789\u17bb\u17c6\u179f\u17d2\u179a\u179b\u17b6\u1789\u17cb\u1797\u17b6\u179f\u17b6\u1781\u17d2\u1798\u17c2\u179a\u17d4", "my-MM": "\u1019\u1004\u103a\u1039\u1002\u101c\u102c\u1015\u102b\u104b \u1019\u103c\u1014\u103a\u1019\u102c\u1005\u1000\u102c\u1038\u104b",
};
for (const locale of Object.keys(TEXTS)) {
  for (const granularity of GRANULARITIES) test(`${granularity} ${locale}`, () => segmented(TEXTS[locale], locale, granularity));
  if (/^(?:ja|zh|th|lo|km|my)/.test(locale)) continue;
  test(`dates and names ${locale}`, () => {
    const date = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short", calendar: "gregory" }).format(0);
    const names = ["de", "pt-BR", "fr-CA"].map((tag) => new Intl.DisplayNames(locale, { type: "language" }).of(tag));
    const text = `${date}. ${new Intl.ListFormat(locale).format(names)}? ${new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" }).format(-12345.6)}`;
    return GRANULARITIES.map((granularity) => segmented(text, locale, granularity));
  });
}

// One or two of each class of characters that the rules name, lone surrogates and both planes; none of the scripts
// whose words are in dictionaries.
const CHARACTERS = [
  "\r", "\n", "\u0085", "\u2028", "\t", " ", "\u00a0", "\u3000", "\u0300", "\u0903", "\u200d", "\u200b", "\u00ad", "\u2060", "\ufeff", "\u{1f1e6}", "\u{1f1ff}", "\u05d0", "\u05f4", "'", "\u2019", "\"", ".", "\u2024", "\u2026", ":", "\u00b7", ",", ";", "\u037e",
  "\u060c", "\u066b", "1", "\u0661", "\uff11", "_", "\u203f", "a", "\u00df", "A", "\u01c5", "\u00aa", "\u{10400}", "\u{10428}", "\u0915", "\u094d", "\u0937", "\u1100", "\u1161", "\u11a8", "\uac00", "\u0600", "!", "?", "\u3002", "\uff0e", "\u0964", "\u061f", "(", ")", "\u00bb", "\u300d", "-", "\u2014",
  "\u{1f600}", "\u2764", "\ufe0f", "\u{1f3fd}", "\u{1f469}", "\u{e0067}", "\u{e007f}", "\u{1d7ce}", "\ud800", "\udc00", "\0", "\u{10ffff}", "$", "/", "@", "\u05b0", "\u02d7",
];
function randomly(seed) {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}
const ends = (text, locale, granularity) => Array.from(new Intl.Segmenter(locale, { granularity }).segment(text), ({ segment, index, isWordLike }) => `${index + segment.length}${isWordLike ? "w" : ""}`).join(" ");
const SEEDS = Array.from({ length: globalThis.WHOLE ? 400 : 25 }, (_, i) => 1 + 7919 * i);
for (const granularity of GRANULARITIES) {
  each(SEEDS, `random ${granularity}`, (seed) => {
    const next = randomly(seed);
    const few = Array.from({ length: 6 }, () => CHARACTERS[next(CHARACTERS.length)]);
    return Array.from({ length: 40 }, (_, i) => {
      const from = i % 2 === 0 ? CHARACTERS : few;
      const text = Array.from({ length: 1 + next(14) }, () => from[next(from.length)]).join("");
      return ends(text, i % 5 === 0 ? "el" : "en", granularity);
    });
  });
  test(`pairs ${granularity}`, () => CHARACTERS.map((one) => CHARACTERS.map((two) => ends(one + two, "en", granularity)).join()));
}
const STEP = globalThis.WHOLE ? 11 : 331;
each(Array.from({ length: 17 }, (_, plane) => plane), "code points of plane", (plane) => {
  const found = [];
  for (let code = plane << 16; code < (plane + 1) << 16; code += STEP) {
    const own = String.fromCodePoint(code);
    const text = `a${own}a 1${own}1. ${own}a.`;
    found.push(GRANULARITIES.map((granularity) => ends(text, "en", granularity).replaceAll(" ", "")).join("/"));
  }
  let sum = 0;
  for (const one of found) for (let i = 0; i < one.length; i++) sum = (Math.imul(sum, 31) + one.charCodeAt(i)) >>> 0;
  return [sum, found.slice(0, 50)];
});

// The interface.
const INDICES = [undefined, null, -1, -0.5, 0, 0.9, 1, 2, "3", 4, 5, 6, 7, 8, 100, NaN, Infinity, -Infinity, true, {}];
each(["", "a b", "\u{1f600}\u{1f600} x", "a. B c", "\ud83d"], "containing", (text) => GRANULARITIES.map((granularity) => {
  const segments = new Intl.Segmenter("en", { granularity }).segment(text);
  return INDICES.map((index) => segments.containing(index));
}));
test("containing backwards", () => { const segments = new Intl.Segmenter("en", { granularity: "word" }).segment("one two, three"); return [13, 0, 7, 3, 4, 8].map((index) => segments.containing(index)); });
test("containing a bigint", () => new Intl.Segmenter().segment("a").containing(1n));
test("a symbol", () => new Intl.Segmenter().segment(Symbol.iterator));
each([undefined, null, 12.5, ["a", "b"], true], "text of", (value) => [...new Intl.Segmenter("en", { granularity: "word" }).segment(value)]);
test("two iterations", () => { const segments = new Intl.Segmenter("en", { granularity: "word" }).segment("a b"); const one = segments[Symbol.iterator](); one.next(); return [[...segments], [...one], one.next(), one.next()]; });
test("shapes", () => {
  const segments = new Intl.Segmenter().segment("a");
  const iterator = segments[Symbol.iterator]();
  return [segments, iterator].map((one) => {
    const proto = Object.getPrototypeOf(one);
    return [Object.prototype.toString.call(one), proto.constructor === Object || proto.constructor === Iterator, Reflect.ownKeys(proto).map((key) => { const { value, ...rest } = Object.getOwnPropertyDescriptor(proto, key); return [String(key), rest, typeof value, value.name, value.length]; })];
  });
});
test("iterator's prototype", () => Object.getPrototypeOf(Object.getPrototypeOf(new Intl.Segmenter().segment("")[Symbol.iterator]())) === Iterator.prototype);
each([{}, { granularity: "word" }, { granularity: "line" }, { granularity: null }, { localeMatcher: "x" }], "options", (options) => new Intl.Segmenter("de-AT", options).resolvedOptions());
each(["segment", "resolvedOptions"], "receiver of", (name) => Intl.Segmenter.prototype[name].call({}, "a"));
test("receivers", () => { const segments = new Intl.Segmenter().segment("a"); const iterator = segments[Symbol.iterator](); return [() => segments.containing.call({}, 0), () => segments[Symbol.iterator].call({}), () => iterator.next.call({})].map((run) => { try { return run(); } catch (error) { return error.name; } }); });
test("called", () => Intl.Segmenter());
