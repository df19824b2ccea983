// Measures one peer: node measure.mjs PEER BUNDLE CALLS, in a folder with node_modules. Prints one
// JSON object, {version, seconds: [...]}; each call has a fresh sandbox with the bundle in it.
import { readFileSync } from "node:fs";

const [, , peer, bundle, calls] = process.argv;
const around = readFileSync(new URL("surroundings.js", import.meta.url), "utf8");
const source = readFileSync(bundle, "utf8");
const program = `${around}(function (exports, module, require) {${source}
})(module.exports, module, require);`;
const call = "module.exports.agents.main.tools.t.execute({})";
const EXPECTED = "1";

const peers = {
  async "quickjs-emscripten"() {
    const { getQuickJS } = await import("quickjs-emscripten");
    const engine = await getQuickJS();
    return async () => {
      const context = engine.newContext();
      const promise = context.unwrapResult(
        context.evalCode(`${program}${call}.then(JSON.stringify)`, "bundle.js"),
      );
      const settled = context.resolvePromise(promise);
      context.runtime.executePendingJobs();
      const handle = context.unwrapResult(await settled);
      const answer = context.getString(handle);
      for (const each of [handle, promise, context]) each.dispose();
      return answer;
    };
  },
  async run() {
    const { createRunner } = await import("run");
    const MANY = 2 ** 28;
    const limits = { maxSourceBytes: MANY, memoryLimitBytes: MANY };
    const runner = createRunner({ limits });
    const body = `${program}return JSON.stringify(await ${call});`;
    return async () => (await runner.run({ source: body })).value;
  },
  async vm2() {
    const { VM, VMScript } = await import("vm2");
    const script = new VMScript(`${program}${call}.then(JSON.stringify)`);
    return () => new VM().run(script);
  },
};

const once = await peers[peer]();
const seconds = [];
for (let count = -1; count < Number(calls); count++) {
  const began = performance.now();
  const answer = await once();
  if (answer !== EXPECTED) throw new Error(`${peer} answered ${answer}`);
  if (count >= 0) seconds.push((performance.now() - began) / 1000);
}
const about = new URL(`node_modules/${peer}/package.json`, import.meta.url);
const { version } = JSON.parse(readFileSync(about, "utf8"));
process.stdout.write(JSON.stringify({ version, seconds }), () => process.exit(0));
