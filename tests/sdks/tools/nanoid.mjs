import { customAlphabet, nanoid } from "nanoid";

export async function call() {
  const ids = Array.from({ length: 50 }, () => nanoid());
  return { distinct: new Set(ids).size, length: ids[0].length, form: /^[ab]{10}$/.test(customAlphabet("ab", 10)()) };
}
