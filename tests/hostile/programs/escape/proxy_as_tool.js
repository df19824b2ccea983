// attacks: a tool that is a proxy, to see what the host reads and calls it with
// expect: result true
const seen = [];
const execute = new Proxy(() => {}, { apply(target, self, given) { seen.push(self, ...given); return seen.every((value) => value === undefined || value === null || typeof value !== "function"); } });
export default { tools: { run: new Proxy({ execute }, { get(target, key, receiver) { seen.push(receiver === undefined ? target : null); return target[key]; } }) } };
