// node:url over the WHATWG URL, including the legacy `parse` and `resolve`.

function fileURLToPath(value) {
  const url = typeof value === "string" ? new URL(value) : value;
  if (url?.protocol !== "file:") throw new TypeError("The URL must be of scheme file");
  return decodeURIComponent(url.pathname);
}

function pathToFileURL(path) {
  const url = new URL("file:///");
  url.pathname = path.startsWith("/") ? path : `/${path}`;
  return url;
}

function legacyOf(url, withQuery) {
  const auth = url.username === "" ? null : `${url.username}${url.password && `:${url.password}`}`;
  const search = url.search || null;
  return {
    protocol: url.protocol,
    slashes: url.href.startsWith(`${url.protocol}//`),
    auth,
    host: url.host,
    port: url.port || null,
    hostname: url.hostname,
    hash: url.hash || null,
    search,
    query: withQuery ? Object.fromEntries(url.searchParams) : (search?.slice(1) ?? null),
    pathname: url.pathname,
    path: url.pathname + url.search,
    href: url.href,
  };
}

function parse(text, withQuery = false) {
  if (URL.canParse(text)) return legacyOf(new URL(text), withQuery);
  const relative = legacyOf(new URL(text, "relative://host"), withQuery);
  return { ...relative, protocol: null, slashes: null, host: null, hostname: null, href: text };
}

function resolve(from, to) {
  if (URL.canParse(from)) return new URL(to, from).href;
  const url = new URL(to, new URL(from, "resolve://host/"));
  return url.protocol === "resolve:" ? url.pathname + url.search + url.hash : url.href;
}

function format(value) {
  if (typeof value === "string" || value instanceof URL) return new URL(value).href;
  const host = value.host ?? (value.hostname ?? "") + (value.port ? `:${value.port}` : "");
  const protocol = value.protocol ? value.protocol.replace(/:?$/, ":") : "";
  const slashes = value.slashes || /^(?:https?|ftp|file):$/.test(protocol) ? "//" : "";
  const query = value.query ? `?${new URLSearchParams(value.query)}` : "";
  const auth = value.auth ? `${value.auth}@` : "";
  return protocol + slashes + auth + host + (value.pathname ?? "") + (value.search ?? query) + (value.hash ?? "");
}

export default {
  fileURLToPath,
  pathToFileURL,
  parse,
  resolve,
  format,
  domainToASCII: (domain) => (URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : ""),
  urlToHttpOptions: (url) => ({ ...legacyOf(url, false) }),
  get URL() {
    return URL;
  },
  get URLSearchParams() {
    return URLSearchParams;
  },
};
