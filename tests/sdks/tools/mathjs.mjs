import { bignumber, create, all } from "mathjs";

const math = create(all);

export async function call() {
  return {
    solved: math.format(math.lusolve([[2, 1], [1, 3]], [3, 5]), { precision: 12 }),
    derived: math.derivative("x^3 + 2x", "x").toString(),
    units: math.evaluate("12.7 cm to inch").toString(),
    big: math.format(math.evaluate("det([[1, 2], [3, 4]])")),
    precise: bignumber("0.1").plus("0.2").toString(),
    complex: math.evaluate("sqrt(-4) + 1").toString(),
  };
}
