// attacks: an agent that is a proxy which is its own every member
// expect: one of TOOL_NOT_FOUND, THROWN, STACK_OVERFLOW, FUEL_EXHAUSTED: how far the search goes in a bundle without an end is its own matter
const everything = new Proxy(function () { return everything; }, { get: (target, key) => (key === "then" ? undefined : everything), has: () => true });
export default everything;
