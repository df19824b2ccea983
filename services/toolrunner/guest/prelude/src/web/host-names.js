// UTS 46 mapping of non-ASCII host names, by the package `tr46`, unpacked on first use. ASCII names
// without Punycode do not need it.
const PLAIN = /^[\u0000-\u007f]*$/;
const PUNYCODE = /(?:^|\.)xn--/i;
let unpack;

/** Set how to get the packed `tr46`. */
export function hostNamesFrom(getTables) {
  unpack = getTables;
}

function isTooLong(domain) {
  return domain.length > 253 || domain.split(".").some((label) => label.length === 0 || label.length > 63);
}

/** The ASCII form of a domain, or null for an invalid one. */
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
