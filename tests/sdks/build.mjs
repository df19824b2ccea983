// Bundles every tool with what it imports, as a Lightfast-form bundle: node build.mjs FOLDER
import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2];
// Requires node modules as CommonJS, which an ES module cannot: Node itself refuses that bundle.
const FOR_NODE = new Set(["slack"]);
for (const file of readdirSync("tools")) {
  const name = basename(file, ".mjs");
  const forNode = FOR_NODE.has(name);
  await build({
    stdin: {
      contents: `import { call } from ${JSON.stringify(`./tools/${file}`)};
        export const agents = { main: { tools: { call: { execute: call } } } };`,
      resolveDir: resolve("."),
    },
    outfile: join(folder, `${name}.${forNode ? "cjs" : "mjs"}`),
    bundle: true,
    minify: true,
    format: forNode ? "cjs" : "esm",
    platform: forNode ? "node" : "browser",
    conditions: ["worker", "import"],
    mainFields: forNode ? ["main"] : ["browser", "module", "main"],
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["node:*"],
    logLevel: "error",
  });
}

// The research agent imports its framework from outside, as Lightfast's own build does.
await build({
  entryPoints: ["research.mjs"],
  outfile: join(folder, "agents", "research.mjs"),
  bundle: true,
  format: "esm",
  platform: "browser",
  conditions: ["worker", "import"],
  external: ["lightfast/*", "@ai-sdk/*", "node:*"],
  logLevel: "error",
});
