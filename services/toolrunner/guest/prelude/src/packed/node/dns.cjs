// node:dns with no server to ask: look-ups fail with ENOTFOUND, queries with ECONNREFUSED, as where
// the network is down; addresses and settings work.
const { as, refusal, NO_NETWORK } = require("sandbox");
const facts = require("sandbox").facts().dns;

const TYPES = { resolve4: "A", resolve6: "AAAA", resolveAny: "ANY", resolveCaa: "CAA", resolveCname: "CNAME", resolveMx: "MX", resolveNaptr: "NAPTR", resolveNs: "NS", resolvePtr: "PTR", resolveSoa: "SOA", resolveSrv: "SRV", resolveTlsa: "TLSA", resolveTxt: "TXT" };
const LOCAL = { 4: "127.0.0.1", 6: "::1" };
const family = (text) => (/^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? (text.split(".").every((part) => part < 256) ? 4 : 0) : text.includes(":") && URL.canParse(`http://[${text}]/`) ? 6 : 0);

const failed = (used, code, syscall, hostname, errno) =>
  refusal(used, NO_NETWORK, { errno, code, syscall, ...(hostname === undefined ? {} : { hostname }) });

function invalid(name, expected) {
  return Object.assign(new TypeError(`The "${name}" argument must be ${expected}.`), { code: "ERR_INVALID_ARG_TYPE" });
}

// What a look-up can answer without a network: addresses, and the machine itself.
function found(hostname, options) {
  const wanted = (typeof options === "number" ? options : options?.family) || 0;
  const kind = wanted === "IPv4" ? 4 : wanted === "IPv6" ? 6 : wanted;
  if (!hostname) return [{ address: null, family: kind === 6 ? 6 : 4 }];
  const own = family(hostname);
  if (own !== 0) return [{ address: hostname, family: own }];
  if (!/^(?:.*\.)?localhost\.?$/i.test(hostname)) return undefined;
  const all = [4, 6].filter((each) => kind === 0 || kind === each).map((each) => ({ address: LOCAL[each], family: each }));
  return all;
}

function lookedUp(used, hostname, options) {
  if (hostname && typeof hostname !== "string") throw invalid("hostname", "of type string");
  const answers = found(hostname, options);
  const error = answers === undefined ? failed(used, "ENOTFOUND", "getaddrinfo", hostname, -3008) : null;
  return { answers, error, all: options?.all === true };
}

function lookup(hostname, options, callback = options) {
  if (typeof callback !== "function") throw invalid("callback", "of type function");
  const { answers, error, all } = lookedUp("dns.lookup", hostname, typeof options === "function" ? {} : options);
  process.nextTick(() => {
    if (error) callback(error);
    else if (all) callback(null, answers);
    else callback(null, answers[0].address, answers[0].family);
  });
  return {};
}

async function lookupPromise(hostname, options) {
  const { answers, error, all } = lookedUp("dns.promises.lookup", hostname, options);
  if (error) throw error;
  return all ? answers : answers[0];
}
Object.defineProperty(lookup, Symbol.for("nodejs.util.promisify.customArgs"), { value: ["address", "family"] });

// c-ares answers so when no server can be reached.
const queryError = (used, syscall, hostname) => failed(used, "ECONNREFUSED", syscall, hostname);
const syscallOf = (name, type) => (name === "resolve" ? `query${{ A: "A" }[type] ?? type}` : `query${name === "resolve4" ? "A" : name === "resolve6" ? "Aaaa" : name.slice("resolve".length)}`);
const titled = (type) => type[0] + type.slice(1).toLowerCase();

function query(prefix, name) {
  return as("refused", (hostname, ...rest) => {
    const callback = rest.at(-1);
    if (typeof hostname !== "string") throw invalid("name", "of type string");
    if (typeof callback !== "function") throw invalid("callback", "of type function");
    const type = typeof rest[0] === "string" ? titled(rest[0]) : "A";
    const error = queryError(`${prefix}.${name}`, syscallOf(name, type), hostname);
    process.nextTick(() => callback(error));
    return {};
  });
}

function queryPromise(prefix, name) {
  return as("refused", async (hostname, type = "A") => {
    if (typeof hostname !== "string") throw invalid("name", "of type string");
    throw queryError(`${prefix}.${name}`, syscallOf(name, titled(`${type}`)), hostname);
  });
}

function others(prefix, make) {
  const names = ["resolve", ...Object.keys(TYPES)];
  return Object.fromEntries(names.map((name) => [name, make(prefix, name)]));
}

const reverse = as("refused", (address, callback) => {
  if (family(`${address}`) === 0) throw Object.assign(failed("dns.reverse", "EINVAL", "getHostByAddr", address), { errno: -22 });
  const error = queryError("dns.reverse", "getHostByAddr", address);
  process.nextTick(() => callback(error));
  return {};
});
const reversePromise = as("refused", async (address) => {
  throw queryError("dns.promises.reverse", "getHostByAddr", address);
});

const lookupService = as("refused", (address, port, callback) => {
  const error = failed("dns.lookupService", "ENOTFOUND", "getnameinfo", address, -3008);
  process.nextTick(() => callback(error));
  return {};
});
const lookupServicePromise = as("refused", async (address) => {
  throw failed("dns.promises.lookupService", "ENOTFOUND", "getnameinfo", address, -3008);
});

let servers = ["127.0.0.1"];
let order = "verbatim";
const settings = {
  getServers: () => [...servers],
  setServers: as("inert", (list) => {
    if (!Array.isArray(list)) throw invalid("servers", "an instance of Array");
    servers = list.map(String);
  }),
  getDefaultResultOrder: () => order,
  setDefaultResultOrder: as("inert", (value) => {
    if (!["verbatim", "ipv4first", "ipv6first"].includes(value)) throw Object.assign(new TypeError(`The argument 'dnsOrder' must be one of: 'verbatim', 'ipv4first', 'ipv6first'. Received '${value}'`), { code: "ERR_INVALID_ARG_VALUE" });
    order = value;
  }),
};

function resolverClass(prefix, make, reversing) {
  class Resolver {
    #servers = [...servers];
    cancel() {}
    getServers() {
      return [...this.#servers];
    }
    setServers(list) {
      this.#servers = [...list];
    }
    setLocalAddress() {}
  }
  const members = { ...others(`${prefix}.Resolver`, make), reverse: reversing };
  for (const [name, value] of Object.entries(members)) Object.defineProperty(Resolver.prototype, name, { value, writable: true, configurable: true });
  return as("refused", Resolver);
}

const codes = Object.fromEntries(Object.entries(facts).filter(([name]) => !["ADDRCONFIG", "ALL", "V4MAPPED"].includes(name)));
const promises = {
  lookup: as("refused", lookupPromise),
  lookupService: lookupServicePromise,
  Resolver: resolverClass("dns.promises", queryPromise, reversePromise),
  ...settings,
  ...codes,
  ...others("dns.promises", queryPromise),
  reverse: reversePromise,
};

module.exports = {
  lookup: as("refused", lookup),
  lookupService,
  Resolver: resolverClass("dns", query, reverse),
  ...settings,
  ...facts,
  ...others("dns", query),
  reverse,
  promises,
};
