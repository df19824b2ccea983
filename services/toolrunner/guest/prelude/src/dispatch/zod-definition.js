// The definition of a zod schema as plain JSON: `{isV3, nodes}`, the first node being the schema
// itself. Nodes refer to each other by index, so recursive schemas work. Field names are zod's own:
// those of `_zod.def` in zod 4, of `_def` in zod 3.
import { isHolder, isObject, read } from "./names.js";

const MAX_NODES = 5000;
// Fields that hold a schema, several schemas, or a plain value.
const SCHEMAS = ["innerType", "element", "schema", "valueType", "keyType", "in", "out", "catchall", "rest", "left", "right"];
const LISTS = ["options", "items"];
const PLAIN = ["type", "typeName", "format", "mode", "partial", "inclusive", "coerce", "unknownKeys", "discriminator"];
const OF_CHECK = ["check", "kind", "value", "inclusive", "minimum", "maximum", "length", "size", "format", "local", "precision", "version", "mime"];
const TRAITS = { $ZodCodec: "codec", $ZodExactOptional: "exact", ZodInstanceOf: "class" };
const SIZES = ["minLength", "maxLength", "exactLength", "minSize", "maxSize"];

/** What zod 4 or 3 keeps of a schema. */
export const defOf = (schema) => read(read(schema, "_zod"), "def") ?? read(schema, "_def");

/** Whether a value is a schema of zod 3 or 4. */
export function isZod(value) {
  return isObject(read(read(value, "_zod"), "def")) || typeof read(read(value, "_def"), "typeName") === "string";
}

// JSON has no BigInt and no `undefined`; boxes distinguish them from the bundle's own values.
function boxed(value) {
  if (typeof value === "bigint") return { bigint: `${value}` };
  return value === undefined ? { undefined: true } : { json: value };
}

function picked(source, names) {
  const found = {};
  for (const name of names) {
    const value = read(source, name);
    if (["string", "number", "boolean"].includes(typeof value) || Array.isArray(value)) found[name] = value;
    if (typeof value === "bigint") found[name] = null;
  }
  return found;
}

function checkOf(definition) {
  const pattern = read(definition, "pattern") ?? read(definition, "regex");
  const found = picked(definition, OF_CHECK);
  if (pattern instanceof RegExp) found.pattern = [pattern.source, pattern.flags];
  return found;
}

function checksOf(schema, def) {
  const own = typeof read(def, "check") === "string" ? [checkOf(def)] : [];
  const more = Array.isArray(def.checks) ? def.checks : [];
  return [...own, ...more.map((check) => checkOf(read(read(check, "_zod"), "def") ?? check))];
}

function metaOf(schema, def) {
  if (typeof def.description === "string") return { description: def.description };
  // The registry of zod 4, which fails for a schema of zod 3.
  const registry = isObject(read(schema, "_zod")) ? globalThis.__zod_globalRegistry : undefined;
  const given = typeof read(schema, "meta") === "function" ? schema.meta() : registry?.get(schema);
  return isObject(given) ? given : {};
}

function valueOf(def) {
  const name = ["defaultValue", "catchValue"].find((key) => key in def);
  if (name === undefined) return undefined;
  try {
    const given = def[name];
    return boxed(typeof given === "function" ? given({ input: undefined }) : given);
  } catch {
    return undefined;
  }
}

function shapeOf(def) {
  const shape = read(def, "shape");
  return typeof shape === "function" ? shape() : shape;
}

const listOf = (value) => (value instanceof Map ? [...value.values()] : value);

function fillSchemas(node, def, add) {
  for (const name of SCHEMAS) if (isZod(read(def, name))) node[name] = add(def[name]);
  if (isZod(read(def, "type"))) node.innerType = add(def.type);
  for (const name of LISTS) {
    const list = listOf(read(def, name));
    if (Array.isArray(list)) node[name] = list.map(add);
  }
  const shape = shapeOf(def);
  if (isHolder(shape)) node.shape = Object.keys(shape).map((key) => [key, add(shape[key])]);
  if (typeof read(def, "getter") === "function") node.innerType = add(def.getter());
}

function fillValues(node, schema, def) {
  const entries = read(def, "entries") ?? read(def, "values");
  if (Array.isArray(entries)) node.values = entries.map(boxed);
  else if (isObject(entries)) node.entries = Object.entries(entries);
  if ("value" in def) node.values = [boxed(def.value)];
  const value = valueOf(def);
  if (value !== undefined) node.value = value;
  const pattern = read(read(schema, "_zod"), "pattern");
  if (def.type === "template_literal" && pattern instanceof RegExp) node.pattern = pattern.source;
  if (isObject(read(def, "effect"))) node.effect = def.effect.type;
  for (const name of SIZES) if (isObject(read(def, name))) node[name] = def[name].value;
}

/** The definition of a schema; throws when it has more than 5000 parts. */
export function definitionOf(root) {
  const nodes = [];
  const indices = new Map();
  function add(schema) {
    if (!isZod(schema)) throw new TypeError("a part of the schema is not a zod schema");
    const known = indices.get(schema);
    if (known !== undefined) return known;
    if (nodes.length >= MAX_NODES) throw new RangeError(`the schema has more than ${MAX_NODES} parts`);
    const def = defOf(schema);
    const node = picked(def, PLAIN);
    indices.set(schema, nodes.length);
    const index = nodes.push(node) - 1;
    const traits = read(read(schema, "_zod"), "traits");
    node.flags = traits instanceof Set ? Object.keys(TRAITS).filter((name) => traits.has(name)).map((name) => TRAITS[name]) : [];
    node.checks = checksOf(schema, def);
    node.meta = metaOf(schema, def);
    fillSchemas(node, def, add);
    fillValues(node, schema, def);
    return index;
  }
  add(root);
  return { isV3: !isObject(read(root, "_zod")), nodes };
}
