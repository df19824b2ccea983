// Numbers of dates that calendars spell out in some languages.
const { floor } = Math;

const HAN = [..."〇一二三四五六七八九"];
const ONES = ["", ..."אבגדהוזחט"];
const TENS = ["", ..."יכלמנסעפצ"];
const HUNDREDS = ["", "ק", "ר", "ש", "ת", "תק", "תר", "תש", "תת", "תתק"];

const hanDigits = (value) => [...`${value}`].map((digit) => HAN[digit] ?? digit).join("");

// Days of a month: 初一, 十一, 廿一, 三十.
function hanDay(value) {
  const [tens, ones] = [floor(value / 10), value % 10];
  if (value <= 10) return `初${value === 10 ? "十" : HAN[value]}`;
  if (ones === 0) return `${HAN[tens]}十`;
  return `${{ 1: "十", 2: "廿", 3: "丗" }[tens]}${HAN[ones]}`;
}

// 15 and 16 are not written by the letters of a holy name.
function hebrewLetters(value) {
  const rest = value % 100;
  const low = rest === 15 || rest === 16 ? `ט${ONES[rest - 9]}` : TENS[floor(rest / 10)] + ONES[rest % 10];
  return HUNDREDS[floor((value % 1000) / 100)] + low;
}

// The thousands of today are not written; 80 at the end has its last form.
function hebrew(value) {
  if (value < 1) return undefined;
  const shown = value > 5000 && value < 6000 ? value - 5000 : value;
  const [thousands, rest] = [floor(shown / 1000), shown % 1000];
  if (rest === 0) return { 1: "אלף", 2: "אלפיים" }[thousands] ?? `${hebrew(thousands)} אלפים`;
  const letters = hebrewLetters(rest);
  const last = letters.length > 1 && letters.endsWith("פ") ? "ף" : letters.slice(-1);
  const marked = letters.length > 1 ? `${letters.slice(0, -1)}״${last}` : `${letters}׳`;
  return thousands === 0 ? marked : hebrew(thousands) + marked;
}

const SPELLED = {
  hanidec: (value) => hanDigits(value),
  hanidays: hanDay,
  hebr: hebrew,
  jpanyear: (value) => (value === 1 ? "元" : undefined),
};
const DATE_LETTERS = [..."yurMLd"];

/** By letter of a pattern, how `kind` ("hebr", "y=jpanyear;d=...") spells its number; `number` spells others. */
export function spelledBy(kind, number) {
  const spelled = {};
  for (const one of kind.split(";")) {
    const [letters, name] = one.includes("=") ? one.split("=") : [DATE_LETTERS, one];
    const spell = SPELLED[name];
    if (spell === undefined) continue;
    for (const letter of letters) spelled[letter] = (value, length) => spell(value) ?? number(value, length);
  }
  return spelled;
}
