// The parts of a formatted number.
import { decimalOf, shifted, written } from "./decimal.js";
import { rounded } from "./digits.js";
import { affixesFor, parsedPattern, tidy } from "./number-affixes.js";
import { currencyName, currencySymbol, unitPattern } from "./number-options.js";
import { localDigits } from "./numerals.js";
import { categoryOf } from "./plural-rules.js";

const LETTER_LIKE = /[^\p{S}\p{Z}]/u;

function grouped(whole, own, pattern) {
  const { useGrouping, numerals } = own;
  const groups = pattern.groups ?? (useGrouping === "always" ? { primary: 3, secondary: 3 } : undefined);
  const least = { always: 1, min2: Math.max(2, numerals.numbers.least), auto: numerals.numbers.least }[useGrouping] ?? 1;
  if (useGrouping === false || groups === undefined || whole.length < groups.primary + least) return [{ type: "integer", value: whole }];
  const pieces = [whole.slice(-groups.primary)];
  for (let rest = whole.slice(0, -groups.primary); rest !== ""; rest = rest.slice(0, -groups.secondary)) pieces.unshift(rest.slice(-groups.secondary));
  const { symbols } = numerals;
  const separator = own.style === "currency" ? symbols.currencyGroup ?? symbols.group : symbols.group;
  return pieces.flatMap((value, i) => (i === 0 ? [{ type: "integer", value }] : [{ type: "group", value: separator }, { type: "integer", value }]));
}

function digitParts({ decimal, least }, own, pattern) {
  const { numerals, digits, style } = own;
  const text = written(decimal, digits.minimumIntegerDigits, least);
  const parts = grouped(text[0], own, pattern);
  const point = style === "currency" ? numerals.symbols.currencyDecimal ?? numerals.symbols.decimal : numerals.symbols.decimal;
  if (text[1] !== "") parts.push({ type: "decimal", value: point }, { type: "fraction", value: text[1] });
  return { parts: parts.map((part) => ({ ...part, value: localDigits(part.value, numerals) })), text };
}

function compactTable({ numerals, style, compactDisplay }) {
  const kind = style === "currency" ? "currencyFormat" : "decimalFormat";
  const { data, numbers } = numerals;
  const { latn } = numbers.systems;
  const long = compactDisplay === "long" ? data.long?.[kind] ?? latn.long?.[kind] : undefined;
  return long ?? data.short?.[kind] ?? latn.short?.[kind] ?? {};
}

const zerosOf = (pattern) => (/0+/.exec(pattern.replace(/'[^']*'/g, "")) ?? [""])[0].length;

// How many powers of ten to take away at a magnitude, and the pattern's table.
function compactStep(table, magnitude) {
  if (magnitude < 3) return { by: 0 };
  const known = Object.keys(table).map((key) => key.length - 1);
  const at = Math.min(magnitude, Math.max(...known, 0));
  const patterns = table[`1${"0".repeat(at)}`];
  if (patterns === undefined || patterns.other === "0") return { by: 0 };
  return { by: at + 1 - zerosOf(patterns.other), patterns };
}

function compacted(exact, own, pattern) {
  const table = compactTable(own);
  const magnitudeOf = ({ digits, point }) => (digits === "" ? 0 : point - 1);
  let magnitude = magnitudeOf(exact);
  let step = compactStep(table, magnitude);
  let small = rounded(shifted(exact, -step.by), own.digits);
  if (small.decimal.digits !== "" && magnitudeOf(small.decimal) !== magnitude - step.by) {
    magnitude += 1;
    const next = compactStep(table, magnitude);
    if (next.by !== step.by) small = rounded(shifted(exact, -next.by), own.digits);
    step = next;
  }
  const { parts, text } = digitParts(small, own, pattern);
  const category = categoryOf(own.locale, text, step.by);
  const isOne = text[0] === "1" && text[1] === "";
  const form = categoryOf(own.locale, text);
  const chosen = step.patterns && ((isOne ? step.patterns["1"] : undefined) ?? step.patterns[form] ?? step.patterns.other);
  return { parts, category, isZero: small.decimal.digits === "", compact: chosen };
}

function withExponent(exact, own, pattern) {
  const step = own.notation === "engineering" ? 3 : 1;
  const { symbols } = own.numerals;
  const exponentOf = ({ digits, point }) => (digits === "" ? 0 : Math.floor((point - 1) / step) * step);
  let exponent = exponentOf(exact);
  let small = rounded(shifted(exact, -exponent), own.digits);
  if (exponentOf(small.decimal) > 0) {
    exponent += exponentOf(small.decimal);
    small = rounded(shifted(exact, -exponent), own.digits);
  }
  const { parts, text } = digitParts(small, own, pattern);
  parts.push({ type: "exponentSeparator", value: symbols.exponential });
  if (exponent < 0) parts.push({ type: "exponentMinusSign", value: symbols.minusSign });
  parts.push({ type: "exponentInteger", value: localDigits(`${Math.abs(exponent)}`, own.numerals) });
  return { parts, category: categoryOf(own.locale, text, Math.max(exponent, 0)), isZero: small.decimal.digits === "" };
}

function middle(value, own, pattern) {
  const { symbols } = own.numerals;
  const number = Number(value);
  if (Number.isNaN(number)) return { parts: [{ type: "nan", value: symbols.nan }], category: "other", isZero: true, isNaN: true };
  if (Math.abs(number) === Infinity && typeof value === "number") return { parts: [{ type: "infinity", value: symbols.infinity }], category: "other", isZero: false };
  const isPercent = own.style === "percent";
  const exact = isPercent ? shifted(decimalOf(value), 2) : decimalOf(value);
  if (own.notation === "compact") return compacted(exact, own, pattern);
  if (own.notation !== "standard") return withExponent(exact, own, pattern);
  const result = rounded(exact, own.digits);
  const { parts, text } = digitParts(result, own, pattern);
  return { parts, category: categoryOf(own.locale, text), isZero: result.decimal.digits === "" };
}

function isNegative(value) {
  if (typeof value === "bigint") return value < 0n;
  return typeof value === "string" ? value.startsWith("-") : value < 0 || Object.is(value, -0);
}

function signOf(value, isZero, signDisplay) {
  const negative = isNegative(value);
  const minus = { auto: negative, always: negative, never: false, negative: negative && !isZero, exceptZero: negative && !isZero };
  if (minus[signDisplay]) return "-";
  const plus = { always: !negative, exceptZero: !negative && !isZero };
  return plus[signDisplay] ? "+" : "";
}

function basePattern(own) {
  const { data, numbers } = own.numerals;
  const { latn } = numbers.systems;
  const of = (key) => data.patterns?.[key] ?? latn.patterns[key];
  if (own.style === "percent" || isPercentUnit(own)) return of("percentFormat");
  if (own.style !== "currency" || own.currencyDisplay === "name") return of("decimalFormat");
  return own.currencySign === "accounting" ? of("accountingFormat") : of("currencyFormat");
}

const isPercentUnit = ({ style, unit, unitDisplay }) => style === "unit" && unit === "percent" && unitDisplay !== "long";

const SIGNS = { "-": ["minusSign", "minusSign"], "+": ["plusSign", "plusSign"], "%": ["percentSign", "percentSign"], "~": ["approximatelySign", "approximatelySign"] };

function affixParts(tokens, own, symbol) {
  return tokens.map(({ text, sign, count }) => {
    if (text !== undefined) return { type: "literal", value: text };
    if (sign === "¤") return { type: "currency", value: count === 2 ? own.currency : symbol };
    const [type, key] = SIGNS[sign] ?? ["literal", "perMille"];
    return { type: own.style === "unit" && sign === "%" ? "unit" : type, value: own.numerals.symbols[key] };
  });
}

// A space between a currency of letters and the digits next to it.
function spaced(before, parts, after, { beforeCurrency, afterCurrency }) {
  const isDigit = (part) => part.type === "integer" || part.type === "fraction";
  const literal = (value) => [{ type: "literal", value }];
  const last = before.at(-1);
  const first = after[0];
  const left = last?.type === "currency" && isDigit(parts[0]) && LETTER_LIKE.test([...last.value].at(-1) ?? " ") ? literal(afterCurrency.insertBetween) : [];
  const right = first?.type === "currency" && isDigit(parts.at(-1)) && LETTER_LIKE.test([...first.value][0] ?? " ") ? literal(beforeCurrency.insertBetween) : [];
  return [...before, ...left, ...parts, ...right, ...after];
}

function around(pattern, type, parts) {
  const [before, after] = pattern.split("{0}");
  if (after === undefined) return [{ type, value: before }]; // "a day", without a number
  return [{ type, value: before }, ...parts, { type, value: after }];
}

// A compact pattern such as `0 Mio'.' ¤`: its text around the digits is a part of its own.
function compactPattern(text) {
  const { positive, negative } = parsedPattern(text);
  const strip = (tokens) => tokens.map((token) => (token.text === undefined ? token : { compact: token.text }));
  const side = (one) => one && { prefix: strip(one.prefix), suffix: strip(one.suffix) };
  return { positive: side(positive), negative: side(negative) };
}

function withAffixes(sign, result, own, pattern) {
  const symbol = own.currency && currencySymbol(own.currency, own.currencyDisplay, own.locale);
  const chosen = result.compact === undefined ? pattern : merged(compactPattern(result.compact), pattern, own);
  const { prefix, suffix } = affixesFor(chosen, sign);
  const split = (tokens) => tokens.flatMap((token) => (token.compact === undefined ? affixParts([token], own, symbol) : [{ type: "compact", value: token.compact }]));
  return { before: split(prefix), after: split(suffix) };
}

// Compact patterns of money state the currency; those of other numbers stand inside the base pattern.
function merged(compact, pattern, own) {
  if (own.style === "currency" && own.currencyDisplay !== "name") return compact;
  const side = (base, inner) => base && { prefix: [...base.prefix, ...inner.prefix], suffix: [...inner.suffix, ...base.suffix] };
  return { positive: side(pattern.positive, compact.positive), negative: side(pattern.negative, compact.negative ?? compact.positive) };
}

/** A number's parts in three layers, which ranges put together anew. */
export function layersOf(value, own, mark = "") {
  const pattern = parsedPattern(basePattern(own));
  const result = middle(value, own, pattern);
  const sign = result.isNaN && own.signDisplay === "auto" ? "" : signOf(value, result.isZero, own.signDisplay);
  return { result, ...withAffixes(mark + sign, result, own, pattern) };
}

/** The parts with a unit or a currency's name around them. */
export function named(parts, category, own) {
  if (own.style === "unit" && !isPercentUnit(own)) return around(unitPattern(own.unit, own.unitDisplay, category, own.locale), "unit", parts);
  if (own.style !== "currency" || own.currencyDisplay !== "name") return parts;
  const { unitPatterns } = own.numerals.numbers;
  const pattern = unitPatterns[category] ?? unitPatterns.other;
  const name = { type: "currency", value: currencyName(own.currency, category, own.locale) };
  return pattern.split(/(\{\d\})/).flatMap((piece) => (piece === "{0}" ? parts : piece === "{1}" ? [name] : [{ type: "literal", value: piece }]));
}

/** Digits between what stands around them. */
export const assembled = (before, parts, after, own) => spaced(before, parts, after, own.numerals.numbers.spacing);

/** The parts of a number; `mark` is "~" for an approximate one. */
export function partsOfNumber(value, own, mark = "") {
  const { result, before, after } = layersOf(value, own, mark);
  return tidy(named(assembled(before, result.parts, after, own), result.category, own));
}
