// The real zod, evaluated when a bundle first asks for it.

const loaders = {
  zod: () => require("zod"),
  "zod/v4": () => require("zod/v4"),
  "zod/v3": () => require("zod/v3"),
  "zod/mini": () => require("zod/mini"),
  "zod/v4-mini": () => require("zod/mini"),
  "zod/v4/mini": () => require("zod/mini"),
  "zod/v4/core": () => require("zod/v4/core"),
};

/** The exports of a zod entry point, or undefined when there is no such entry point. */
export function loadZod(name) {
  return Object.hasOwn(loaders, name) ? loaders[name]() : undefined;
}
