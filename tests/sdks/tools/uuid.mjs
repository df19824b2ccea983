import { NIL, parse, stringify, v4, v5, v7, validate, version } from "uuid";

export async function call() {
  const name = v5("caisson", v5.URL);
  return { name, again: stringify(parse(name)), nil: NIL, versions: [v4(), v7()].map(version), valid: validate(v4()) };
}
