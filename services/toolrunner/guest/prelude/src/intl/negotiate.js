// Which locale a formatter gets for the tags that were asked for.
import { core } from "./data.js";
import { maximized, partsOf, tagOf } from "./tags.js";

export const DEFAULT = "en-US";
const plain = new Map();
let isLocale = () => undefined;

/** Tell how to know a Locale: `read(value)` gives its tag, undefined for anything else. */
export function knowLocales(read) {
  isLocale = read;
}

function canonical(value) {
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) {
    throw new TypeError("Language ID should be string or object.");
  }
  return isLocale(value) ?? tagOf(partsOf(`${value}`));
}

/** The canonical forms of these tags, each once. */
export function getCanonicalLocales(locales) {
  if (locales === undefined) return [];
  if (locales === null) throw new TypeError("Cannot convert undefined or null to object");
  if (typeof locales === "string" || isLocale(locales) !== undefined) return [canonical(locales)];
  const list = Object(locales);
  const seen = [];
  const length = Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), Number.MAX_SAFE_INTEGER);
  for (let i = 0; i < length; i++) {
    if (!(i in list)) continue;
    const tag = canonical(list[i]);
    if (!seen.includes(tag)) seen.push(tag);
  }
  return seen;
}

// The data's name for a tag without extensions; undefined if there is none.
function dataName(tag) {
  if (!plain.has(tag)) plain.set(tag, findName(tag));
  return plain.get(tag);
}

function findName(tag) {
  const { locales, legacy } = core();
  const name = tag.replaceAll("-", "_");
  const alias = legacy[name] ?? name;
  if (Object.hasOwn(locales, alias)) return alias;
  const [language, region] = name.split("_");
  if (!/^[A-Z]{2}$/.test(region ?? "")) return undefined;
  const scripted = Object.keys(locales).filter((one) => one.startsWith(`${language}_`) && one.endsWith(`_${region}`));
  if (scripted.length < 2) return scripted[0];
  const script = maximized({ language, region })?.script;
  return scripted.find((one) => one === `${language}_${script}_${region}`);
}

/** The longest prefix of a tag that there is data for, as `{tag, name}`. */
function bestAvailable(tag) {
  for (let rest = tag; rest !== ""; rest = rest.slice(0, Math.max(rest.lastIndexOf("-"), 0)).replace(/-[a-z\d]$/, "")) {
    const name = dataName(rest);
    if (name !== undefined) return { tag: rest, name };
  }
  return undefined;
}

const bare = (tag) => tag.replace(/-(?:[a-wyz\d]-.*|x-.*)$/, "");

/** `{tag, stated, name, keywords}` for these tags, `tag` as Node tells it: US English where there is no data, as ECMA-402 has it. */
export function localeFor(locales) {
  for (const tag of getCanonicalLocales(locales)) {
    const found = bestAvailable(bare(tag));
    if (found !== undefined) return { ...found, tag: core().told[found.tag] ?? found.tag, stated: found.tag, keywords: keywordsOf(tag) };
  }
  return { tag: DEFAULT, stated: DEFAULT, name: dataName(DEFAULT), keywords: new Map() };
}

const keywordsOf = (tag) => (tag.includes("-u-") ? partsOf(tag).unicode.keywords : new Map());

/** Those of these tags that there is data for. */
export function supportedLocalesOf(locales, options) {
  const tags = getCanonicalLocales(locales);
  if (options !== undefined) {
    const matcher = Object(options ?? refuseNull()).localeMatcher;
    if (matcher !== undefined && !["lookup", "best fit"].includes(`${matcher}`)) {
      throw new RangeError(`Value ${matcher} out of range for Intl.supportedLocalesOf options property localeMatcher`);
    }
  }
  return tags.filter((tag) => bestAvailable(bare(tag)) !== undefined);
}

function refuseNull() {
  throw new TypeError("Cannot convert undefined or null to object");
}

/** The locale's tag with those extensions that took effect: `[key, value]` pairs. */
export function resolvedTag(tag, used) {
  if (used.length === 0) return tag;
  const words = used.map(([key, value]) => (value === "" || value === "true" ? key : `${key}-${value}`)).sort();
  return `${tag}-u-${words.join("-")}`;
}

/** The region of a locale, likely if not stated. */
export function regionOf(tag) {
  const { language, script, region } = partsOf(tag);
  return region ?? maximized({ language, script, region })?.region ?? "001";
}
