// attacks: an agent that is a proxy and answers every key
// expect: result "any"
const execute = () => "any";
const tools = new Proxy({}, { get: () => ({ execute }), has: () => true, getOwnPropertyDescriptor: () => ({ value: { execute }, enumerable: true, configurable: true, writable: true }), ownKeys: () => ["run"] });
export default new Proxy({}, { get: (target, key) => (key === "tools" ? tools : undefined) });
