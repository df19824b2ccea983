// Bundles as ICU resolves them: what a locale does not say comes from its parent, and aliases are
// followed from the locale that was asked for.
import { Alias } from "./bundles.mjs";

// An alias whose target has entries of its own on top.
class Overlay {
  constructor(alias, table) {
    this.alias = alias;
    this.table = table;
  }
}

const isTable = (node) => typeof node === "object" && node !== null && Object.getPrototypeOf(node) === Object.prototype;

function merge(under, over) {
  if (over === undefined) return under;
  if (!isTable(over)) return over;
  if (under instanceof Alias) return new Overlay(under, over);
  if (under instanceof Overlay) return new Overlay(under.alias, merge(under.table, over));
  if (!isTable(under)) return over;
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) result[key] = merge(under[key], value);
  return result;
}

const parents = new Map();

/** The names of a locale's parents, nearest first, without root. */
export function parentsOf(read, locale) {
  if (!parents.has(locale)) parents.set(locale, findParents(read, locale));
  return parents.get(locale);
}

function findParents(read, locale) {
  const { parentLocales } = read("", "supplementalData");
  const stated = Object.entries(parentLocales).find(([, children]) => [children].flat().includes(locale));
  const own = read("", locale)?.["%%Parent"];
  const parent = own ?? stated?.[0] ?? (locale.includes("_") ? locale.slice(0, locale.lastIndexOf("_")) : "root");
  return parent === "root" ? [] : [parent, ...parentsOf(read, parent)];
}

class Resolver {
  constructor(tree) {
    this.tree = tree;
    this.open = new Set();
  }
  follow(alias) {
    const [, where, ...path] = alias.path.split("/");
    if (where !== "LOCALE" || this.open.has(alias.path)) return undefined;
    this.open.add(alias.path);
    let node = this.tree;
    for (const step of path) node = this.shallow(node)?.[step];
    const found = this.deep(node);
    this.open.delete(alias.path);
    return found;
  }
  // A node whose own entries can be looked up.
  shallow(node) {
    if (node instanceof Alias) return this.follow(node);
    return node instanceof Overlay ? merge(this.follow(node.alias), node.table) : node;
  }
  deep(node) {
    const plain = this.shallow(node);
    if (Array.isArray(plain)) return plain.map((item) => this.deep(item));
    if (!isTable(plain)) return plain;
    return Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, this.deep(value)]));
  }
}

const trees = new Map();

function treeOf(read, folder, locale) {
  const key = folder + locale;
  if (!trees.has(key)) {
    const under = locale === "root" ? {} : treeOf(read, folder, parentsOf(read, locale)[0] ?? "root");
    trees.set(key, merge(under, read(folder, locale)));
  }
  return trees.get(key);
}

/** The content of a locale's bundle in a folder, with all that it inherits; `wanted` names tables. */
export function resolved(read, folder, locale, wanted) {
  const tree = treeOf(read, folder, locale);
  const resolver = new Resolver(tree);
  return Object.fromEntries(wanted.map((key) => [key, resolver.deep(tree[key])]));
}

function same(one, two) {
  if (one === two) return true;
  if (typeof one !== "object" || typeof two !== "object" || one === null || two === null) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(two).length && Array.isArray(one) === Array.isArray(two) && keys.every((key) => same(one[key], two[key]));
}

/** What to lay over `under` to get `over`; undefined for nothing. A null takes an entry away. */
export function difference(under, over) {
  if (same(under, over)) return undefined;
  if (!isTable(under) || !isTable(over)) return over;
  const changes = {};
  for (const key of Object.keys(under)) if (over[key] === undefined) changes[key] = null;
  // Sorted as in ICU's tables: the generator of patterns goes by their order.
  for (const [key, value] of Object.entries(over).sort(([one], [two]) => (one < two ? -1 : 1))) {
    const change = difference(under[key], value);
    if (change !== undefined) changes[key] = change;
  }
  return changes;
}
