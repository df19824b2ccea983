// attacks: an agent that is a proxy which is its own every member
// expect: TOOL_NOT_FOUND
const everything = new Proxy(function () { return everything; }, { get: (target, key) => (key === "then" ? undefined : everything), has: () => true });
export default everything;
