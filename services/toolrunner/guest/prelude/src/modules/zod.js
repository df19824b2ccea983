// The real zod, by entry point.

const ENTRIES = {
  zod: "classic",
  "zod/v4": "v4",
  "zod/v3": "v3",
  "zod/mini": "mini",
  "zod/v4-mini": "mini",
  "zod/v4/mini": "mini",
  "zod/v4/core": "core",
};

/** The exports of a zod entry point, or undefined for an unknown one. */
export function loadZod(name, unpack) {
  return Object.hasOwn(ENTRIES, name) ? unpack("zod")[ENTRIES[name]] : undefined;
}
