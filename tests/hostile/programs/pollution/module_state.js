// attacks: a module's variable changed in one call, read in the next
// expect first: result 1
// expect second: result 1
let count = 0;
export default { tools: { first: { execute: () => ++count }, second: { execute: () => ++count } } };
