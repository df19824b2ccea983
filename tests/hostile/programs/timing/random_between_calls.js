// attacks: random numbers of two calls, which start from the same image
// expect first: result "kept"
// expect second: result "kept"
const atLoad = Math.random();
const uuidAtLoad = crypto.randomUUID();
const fresh = () => {
  const drawn = [Math.random(), Math.random(), crypto.randomUUID(), crypto.getRandomValues(new Uint32Array(4)).join()];
  return new Set([...drawn, atLoad, uuidAtLoad]).size === 6 ? "kept" : "repeated";
};
export default { tools: { first: { execute: fresh }, second: { execute: fresh } } };
