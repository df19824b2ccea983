// Upper and lower case where a language has its own rules: Turkish and Azeri, Lithuanian, Greek.
import { uncurry } from "../core/primordials.js";

const upper = uncurry(String.prototype.toUpperCase);
const lower = uncurry(String.prototype.toLowerCase);
const replace = uncurry(String.prototype.replace);
const MARK = "[\\u0300-\\u0314\\u0316-\\u034e]*";

function turkish(text, isUpper) {
  if (isUpper) return upper(replace(text, /i/g, "İ"));
  const dotted = replace(text, /I(?!\u0307)/g, "ı");
  return lower(replace(replace(dotted, /I\u0307/g, "i"), /İ/g, "i"));
}

// Greek capitals have no accents, but keep the dialytika, and gain it where an accent had parted vowels.
function greekUpper(text) {
  const plain = replace(text.normalize("NFD"), /([ΑΕΗΙΟΥΩαεηιουω])([\u0300-\u0345]*)([ιυΙΥ])?([\u0300-\u0345]*)/g, (_, vowel, marks, next = "", after = "") => {
    const parted = next !== "" && /[\u0300\u0301\u0342]/.test(marks) && /[αεοΑΕΟ]/.test(vowel) && !after.includes("\u0308");
    const kept = (list) => (list.includes("\u0308") ? "\u0308" : "");
    return vowel + kept(marks) + next + (parted ? "\u0308" : kept(after));
  });
  return upper(plain).normalize("NFC");
}

function lithuanian(text, isUpper) {
  if (isUpper) return upper(replace(text, new RegExp(`([iįj]${MARK})\\u0307`, "g"), "$1"));
  const dotted = replace(text.normalize("NFD"), /([IJ]\u0328?)(?=[\u0300\u0301\u0303])/g, "$1\u0307");
  return lower(dotted).normalize("NFC");
}

/** A text in upper or lower case by the rules of a locale. */
export function locateCase(text, locale, isUpper) {
  const language = locale.split("_")[0];
  if (language === "tr" || language === "az") return turkish(text, isUpper);
  if (language === "el" && isUpper) return greekUpper(text);
  if (language === "lt") return lithuanian(text, isUpper);
  return isUpper ? upper(text) : lower(text);
}
