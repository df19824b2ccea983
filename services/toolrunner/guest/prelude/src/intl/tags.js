// Language tags: taken apart, made canonical, put together.
import { tableOf } from "./data.js";

const LANGUAGE = /^[a-z]{2,3}$|^[a-z]{5,8}$/;
const SCRIPT = /^[a-z]{4}$/;
const REGION = /^(?:[a-z]{2}|\d{3})$/;
const VARIANT = /^(?:[a-z\d]{5,8}|\d[a-z\d]{3})$/;
const titled = (text) => text[0].toUpperCase() + text.slice(1);

export const badLocale = () => new RangeError("Incorrect locale information provided");

function takeWhile(parts, pattern) {
  const taken = [];
  while (parts.length > 0 && pattern.test(parts[0])) taken.push(parts.shift());
  return taken;
}

const take = (parts, pattern) => (parts.length > 0 && pattern.test(parts[0]) ? parts.shift() : undefined);

function unicodeExtension(parts) {
  const attributes = takeWhile(parts, /^[a-z\d]{3,8}$/);
  const keywords = new Map();
  for (let key = take(parts, /^[a-z\d][a-z]$/); key !== undefined; key = take(parts, /^[a-z\d][a-z]$/)) {
    const type = takeWhile(parts, /^[a-z\d]{3,8}$/).join("-");
    if (!keywords.has(key)) keywords.set(key, type);
  }
  if (attributes.length + keywords.size === 0) throw badLocale();
  return { attributes: [...new Set(attributes)].sort(), keywords };
}

function transformExtension(parts) {
  const inner = LANGUAGE.test(parts[0] ?? "") ? languageParts(parts) : undefined;
  const fields = [];
  for (let key = take(parts, /^[a-z]\d$/); key !== undefined; key = take(parts, /^[a-z]\d$/)) {
    const type = takeWhile(parts, /^[a-z\d]{3,8}$/).join("-");
    if (type === "") throw badLocale();
    fields.push(`${key}-${type}`);
  }
  if (inner === undefined && fields.length === 0) throw badLocale();
  const language = inner && tagOf(canonicalParts(inner)).toLowerCase();
  return [language, ...fields.sort()].filter(Boolean).join("-");
}

function languageParts(parts) {
  const language = take(parts, LANGUAGE);
  if (language === undefined) throw badLocale();
  const script = take(parts, SCRIPT);
  const region = take(parts, REGION);
  const variants = takeWhile(parts, VARIANT);
  if (new Set(variants).size !== variants.length) throw badLocale();
  return { language, script: script && titled(script), region: region?.toUpperCase(), variants, others: new Map() };
}

function parse(tag) {
  const parts = tag.toLowerCase().split("-");
  const result = languageParts(parts);
  while (parts.length > 0 && parts[0] !== "x") {
    const singleton = take(parts, /^[a-wyz\d]$/);
    if (singleton === undefined || result.others.has(singleton)) throw badLocale();
    if (singleton === "u") result.unicode = unicodeExtension(parts);
    const body = singleton === "u" ? "" : singleton === "t" ? transformExtension(parts) : takeWhile(parts, /^[a-z\d]{2,8}$/).join("-");
    if (singleton !== "u" && body === "") throw badLocale();
    result.others.set(singleton, body);
  }
  if (parts.shift() === "x") {
    if (parts.length === 0 || !parts.every((part) => /^[a-z\d]{1,8}$/.test(part))) throw badLocale();
    result.privateUse = parts.join("-");
  }
  return result;
}

// Most tags need no table: these languages, and regions of two letters that are current.
const COMMON = new Set("en de fr es it pt nl sv da nb nn fi pl cs ru uk tr ja ko zh ar hi th vi id el hu ro bg hr sk sl lt lv et".split(" "));
const CURRENT = new Set((
  "US GB CA AU NZ IE IN ZA DE AT CH FR BE LU ES MX AR CO CL PE IT PT BR NL SE DK NO FI PL CZ RU UA TR JP KR CN TW HK SG EG SA AE IL " +
  "TH VN ID GR HU RO BG HR SK SI LT LV EE PH MY PK"
).split(" "));

function renewed(parts) {
  const { language, script, region, variants } = parts;
  const isPlain = COMMON.has(language) && (region === undefined || CURRENT.has(region)) && variants.length === 0;
  if (isPlain) return parts;
  const { language: languages, region: regions, script: scripts, variant: variantTable } = tableOf("aliases");
  const keys = [...variants.map((variant) => `${language}-${variant}`), `${language}-${region}`, `${language}`];
  const key = keys.find((candidate) => Object.hasOwn(languages, candidate));
  const [newLanguage, ...rest] = key === undefined ? [language] : languages[key].split("-");
  const restScript = rest.find((part) => part.length === 4);
  const restRegion = rest.find((part) => part.length === 2);
  const usedRegion = key === `${language}-${region}`;
  const usedVariant = variants.find((variant) => key === `${language}-${variant}`);
  const result = {
    ...parts, language: newLanguage === "und" ? language : newLanguage, script: script ?? restScript,
    region: usedRegion ? restRegion : region ?? restRegion,
    variants: variants.filter((variant) => variant !== usedVariant).map((variant) => variantTable[variant] ?? variant),
  };
  if (result.script) result.script = scripts[result.script] ?? result.script;
  if (result.region && Object.hasOwn(regions, result.region)) result.region = regionFor(regions[result.region].split(" "), result);
  return result;
}

function regionFor(candidates, { language, script }) {
  if (candidates.length === 1) return candidates[0];
  const likely = tableOf("likely");
  const full = likely[`${language}-${script}`] ?? likely[language] ?? "";
  const region = full.split("-").at(-1);
  return candidates.includes(region) ? region : candidates[0];
}

const TYPES = {
  ca: { islamicc: "islamic-civil", "ethiopic-amete-alem": "ethioaa", gregorian: "gregory" },
  ks: { primary: "level1", tertiary: "level3" }, ms: { imperial: "uksystem" },
};

function canonicalKeywords(keywords) {
  const result = new Map();
  for (const key of [...keywords.keys()].sort()) {
    const type = keywords.get(key);
    const isTrue = type === "true" || (type === "yes" && /^k[bchkn]$/.test(key));
    result.set(key, isTrue ? "" : TYPES[key]?.[type] ?? type);
  }
  return result;
}

function canonicalParts(parts) {
  const result = renewed(parts);
  const unicode = parts.unicode && { attributes: parts.unicode.attributes, keywords: canonicalKeywords(parts.unicode.keywords) };
  return { ...result, variants: [...result.variants].sort(), unicode };
}

/** The tag of these parts. */
export function tagOf({ language, script, region, variants, unicode, others, privateUse }) {
  const extensions = [...others].filter(([singleton]) => singleton !== "u").map(([singleton, body]) => `${singleton}-${body}`);
  const u = unicode && extensionText(unicode);
  if (u) extensions.push(u);
  return [language, script, region, ...variants, ...extensions.sort(), privateUse && `x-${privateUse}`].filter(Boolean).join("-");
}

function extensionText({ attributes, keywords }) {
  const words = [...keywords].map(([key, type]) => (type === "" ? key : `${key}-${type}`));
  return attributes.length + words.length === 0 ? "" : ["u", ...attributes, ...words].join("-");
}

/** The canonical parts of a tag; RangeError for an invalid one. */
export function partsOf(tag) {
  const known = GRANDFATHERED[tag.toLowerCase()];
  return canonicalParts(parse(known ?? tag));
}

const GRANDFATHERED = {
  "art-lojban": "jbo", "cel-gaulish": "xtg", "zh-guoyu": "zh", "zh-hakka": "hak", "zh-xiang": "hsn", "zh-min-nan": "nan",
};

/** With these keywords instead. */
export const withKeywords = (parts, keywords) => ({
  ...parts, unicode: { attributes: parts.unicode?.attributes ?? [], keywords: canonicalKeywords(keywords) },
});

/** `{language, script, region}` with what is likely for those that miss; undefined if unknown. */
export function maximized({ language, script, region }) {
  const likely = tableOf("likely");
  const set = (text) => {
    const [one, two, three] = text.split("-");
    return three === undefined ? { language, script: script ?? one, region: region ?? two } : { language: one, script: script ?? two, region: region ?? three };
  };
  if (language !== "und" && script && region) return { language, script, region };
  if (language !== "und") {
    if (likely[language] === undefined) return undefined;
    if (script && likely[`${language}-${script}`]) return { language, script, region: region ?? likely[`${language}-${script}`] };
    if (region && !script && likely[`${language}-${region}`]) return { language, script: likely[`${language}-${region}`], region };
    return set(likely[language]);
  }
  const key = [`und-${script}`, `und-${region}`].find((candidate) => likely[candidate] !== undefined);
  return set(likely[key] ?? "en-Latn-US");
}
