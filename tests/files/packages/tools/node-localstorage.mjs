import { LocalStorage } from "node-localstorage";
export async function call() {
  const s = new LocalStorage("./scratch");
  s.setItem("a", "1");
  s.setItem("b/c", "2");
  return [s.getItem("a"), s.length, s.key(0), new LocalStorage("./scratch").getItem("b/c"), (s.removeItem("a"), s.getItem("a"))];
}
