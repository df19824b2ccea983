// Host names outside ASCII as UTS 46 maps them: by the package `tr46`, whose tables are unpacked by
// the first such name. Names in ASCII that hold no Punycode need none of it.
const PLAIN = /^[\u0000-\u007f]*$/;
const PUNYCODE = /(?:^|\.)xn--/i;
let unpack;

/** Say how the packed `tr46` is got. */
export function hostNamesFrom(getTables) {
  unpack = getTables;
}

function isTooLong(domain) {
  return domain.length > 253 || domain.split(".").some((label) => label.length === 0 || label.length > 63);
}

/** The ASCII form of a domain, or null when it is none. */
export function toASCII(domain, options = {}) {
  if (!PLAIN.test(domain) || PUNYCODE.test(domain)) return unpack().toASCII(domain, options);
  return options.verifyDNSLength && isTooLong(domain) ? null : domain.toLowerCase();
}

/** The readable form of a domain, as `{domain, error}`. */
export function toUnicode(domain, options = {}) {
  if (!PLAIN.test(domain) || PUNYCODE.test(domain)) return unpack().toUnicode(domain, options);
  return { domain: domain.toLowerCase(), error: false };
}

export default { toASCII, toUnicode };
