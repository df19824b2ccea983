// Deep equality of data, as in node:assert and node:util; follows circular references once.

const tagOf = (value) => Object.prototype.toString.call(value);
const isObject = (value) => typeof value === "object" && value !== null;

function sameLeaf(left, right, strict) {
  if (Object.is(left, right)) return true;
  return !strict && !isObject(left) && !isObject(right) && left == right; // eslint-disable-line eqeqeq
}

function sameMap(left, right, deep) {
  if (left.size !== right.size) return false;
  for (const [key, value] of left) {
    if (!right.has(key) || !deep(value, right.get(key))) return false;
  }
  return true;
}

function sameSet(left, right, deep) {
  if (left.size !== right.size) return false;
  const others = [...right];
  return [...left].every((value) => right.has(value) || others.some((other) => deep(value, other)));
}

function sameKeys(left, right, deep) {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && deep(left[key], right[key]));
}

function sameObject(left, right, strict, deep) {
  if (tagOf(left) !== tagOf(right)) return false;
  if (strict && Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false;
  if (left instanceof Date) return left.getTime() === right.getTime();
  if (left instanceof RegExp) return `${left}` === `${right}`;
  if (left instanceof Error && (left.message !== right.message || left.name !== right.name)) return false;
  if (left instanceof Map) return sameMap(left, right, deep);
  if (left instanceof Set) return sameSet(left, right, deep);
  if (tagOf(left).endsWith("Number]") || tagOf(left).endsWith("String]")) {
    if (!Object.is(left.valueOf(), right.valueOf())) return false;
  }
  return sameKeys(left, right, deep);
}

/** Whether two values are deeply equal; `strict` compares leaves with Object.is. */
export function isDeepEqual(left, right, strict = true) {
  const open = new Map();
  function deep(a, b) {
    if (!isObject(a) || !isObject(b)) return sameLeaf(a, b, strict);
    if (a === b || open.get(a) === b) return true;
    open.set(a, b);
    const same = sameObject(a, b, strict, deep);
    open.delete(a);
    return same;
  }
  return deep(left, right);
}
