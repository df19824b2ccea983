// Model factories of the AI SDK's providers: each returns an inert descriptor. The executor reads
// from the bundle which model to use; nothing in the sandbox talks to a model.

const INERT = new Set(["then", "toJSON", "prototype", "constructor", "$$typeof", "__esModule"]);

function describeModel(provider, modelId, settings) {
  const id = typeof modelId === "string" ? modelId : "";
  return { specificationVersion: "v2", provider, modelId: id, settings };
}

/** A provider: callable with a model id, and so is every member (`chat`, `languageModel`, ...). */
export function createProvider(name) {
  const tools = new Proxy({}, {
    get: (object, key) =>
      typeof key === "symbol" || INERT.has(key)
        ? undefined
        : (args) => ({ type: "provider", id: `${name}.${key}`, name: key, args }),
  });
  const target = function provider(modelId, settings) {
    return describeModel(name, modelId, settings);
  };
  return new Proxy(target, {
    get(object, key, receiver) {
      if (typeof key === "symbol") return Reflect.get(object, key, receiver);
      if (key === "tools") return tools;
      if (INERT.has(key) || key in object) return Reflect.get(object, key, receiver);
      return (modelId, settings) => describeModel(name, modelId, settings);
    },
    construct: (object, [modelId, settings]) => describeModel(name, modelId, settings),
  });
}

const camel = (name) => name.replace(/-(\w)/g, (whole, letter) => letter.toUpperCase());

/** `import(key)` of a provider package: `createX` makes a provider, any other name is one. */
export function providerModule(packageName) {
  const name = camel(packageName);
  const known = new Map();
  function member(key) {
    if (!known.has(key)) {
      const provider = createProvider(name);
      known.set(key, /^create[A-Z]/.test(key) ? () => provider : provider);
    }
    return known.get(key);
  }
  const target = { [name]: member(name) };
  target[`create${name[0].toUpperCase()}${name.slice(1)}`] = () => target[name];
  const module = new Proxy(target, {
    get: (object, key) => {
      if (typeof key === "symbol" || INERT.has(key)) return Reflect.get(object, key);
      return Object.hasOwn(object, key) ? object[key] : member(key);
    },
    has: (object, key) => typeof key === "string" && !INERT.has(key),
    getPrototypeOf: () => parent,
  });
  const parent = new Proxy(Object.create(null), {
    get: (object, key) => module[key],
    getPrototypeOf: () => null,
  });
  return { named: target, module };
}
