// The call sites that `Error.prepareStackTrace` gets: the engine's know places and names; the rest of
// V8's interface answers as V8 does for a plain function.

const nothing = () => undefined;
const no = () => false;

const MEMBERS = {
  getThis: nothing,
  getTypeName: () => null,
  getFunction: nothing,
  getMethodName: () => null,
  getEvalOrigin: nothing,
  isToplevel: () => true,
  isEval: no,
  isConstructor: no,
  isAsync: no,
  isPromiseAll: no,
  getPromiseIndex: () => null,
  getScriptNameOrSourceURL() {
    return this.getFileName();
  },
  getScriptHash: () => "",
  getEnclosingLineNumber() {
    return this.getLineNumber();
  },
  getEnclosingColumnNumber() {
    return this.getColumnNumber();
  },
  getPosition: () => 0,
  toString() {
    const place = `${this.getFileName() ?? "<anonymous>"}:${this.getLineNumber()}:${this.getColumnNumber()}`;
    const name = this.getFunctionName();
    return name ? `${name} (${place})` : place;
  },
};

function firstSite() {
  const { prepareStackTrace } = Error;
  let first;
  Error.prepareStackTrace = (error, sites) => {
    first = sites[0];
    return "";
  };
  void (() => new Error().stack)();
  Error.prepareStackTrace = prepareStackTrace;
  return first;
}

/** Give call sites the members that V8's have. */
export function completeCallSites() {
  const site = firstSite();
  if (site === undefined) return;
  const prototype = Object.getPrototypeOf(site);
  for (const [name, value] of Object.entries(MEMBERS)) {
    if (Object.hasOwn(prototype, name)) continue;
    Object.defineProperty(value, "name", { value: name, configurable: true });
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }
}
