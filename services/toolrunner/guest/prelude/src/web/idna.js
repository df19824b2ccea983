// Host names outside ASCII, in place of the `tr46` package and its 220 KB of tables: lower case,
// NFKC, Punycode. Exotic code points that UTS 46 forbids are let through.
import { toASCII as encode, toUnicode as decode } from "punycode/";

const DOTS = /[\u3002\uff0e\uff61]/g;
const ASCII = /^[\u0000-\u007f]*$/;

function mapped(domain) {
  return domain.replace(DOTS, ".").replace(/\u00ad/g, "").toLowerCase().normalize("NFKC").toLowerCase();
}

function tooLong(domain) {
  return domain.length > 253 || domain.split(".").some((label) => label.length > 63);
}

/** The ASCII form of a domain, or null when it is over the limits that are asked for. */
export function toASCII(domain, { verifyDNSLength = false } = {}) {
  const result = ASCII.test(domain) ? domain.toLowerCase() : encode(mapped(domain));
  return verifyDNSLength && tooLong(result) ? null : result;
}

/** The readable form of a domain, as `tr46` returns it. */
export function toUnicode(domain) {
  return { domain: decode(domain.toLowerCase()), error: false };
}

export default { toASCII, toUnicode };
