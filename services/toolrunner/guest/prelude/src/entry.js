// The prelude: `boot(native)` defines the globals and returns the handlers for the C shim.
import { createConsole } from "./console/console.js";
import { inspect } from "./console/inspect.js";
import { createCalls } from "./core/calls.js";
import { failureDescriber } from "./core/failure.js";
import { createHandlers } from "./core/handlers.js";
import { createRejections } from "./core/rejections.js";
import { stackCleaner } from "./core/stack.js";
import { createTimers } from "./core/timers.js";
import { createInvoke } from "./dispatch/invoke.js";
import { installGlobals } from "./globals.js";
import { createProgram } from "./load/program.js";
import { requireFactory } from "./load/require.js";
import { createResolver } from "./load/resolver.js";
import { createCatalogue } from "./modules/catalogue.js";
import { createEnvironment } from "./node/environment.js";
import { nodeModules } from "./node/modules.js";
import { createSourceMap } from "./sourcemap/source-map.js";
import { createUnpack } from "./packed/load.js";
import { AbortController } from "./web/abort.js";
import { hostNamesFrom } from "./web/host-names.js";
import { createPerformance } from "./web/performance.js";

const SHOWN = { depth: 1, maxArrayLength: 10, maxStringLength: 1000 };

/** Called once, before any bundle code; `native` comes from the C shim (see native.c). */
export function boot(native) {
  const { emit } = native;
  const cleaner = stackCleaner();
  const show = (value) => inspect(value, { ...SHOWN, cleanStack: cleaner.clean });
  const timers = createTimers();
  const calls = createCalls(emit);
  const rejections = createRejections(show);
  native.setRejectionTracker?.(rejections.track);

  // Modules require each other through the resolver, which is built from them, so look it up late.
  const makeRequire = requireFactory((specifier) => resolver.requireModule(specifier));
  const fromSandbox = { "abort-controller": { AbortController } };
  const requireOf = (name) => fromSandbox[name] ?? makeRequire()(name.replace(/\/$/, ""));
  const unpack = createUnpack(native.evalScript, requireOf);
  hostNamesFrom(() => unpack("hostNames"));
  const { performance, begin } = createPerformance();
  const environment = createEnvironment(emit);
  const { env } = environment;
  const node = nodeModules({ timers: timers.api, nextTick: timers.nextTick, env, makeRequire, unpack });
  const resolver = createResolver(createCatalogue(node, unpack));
  native.setModuleResolver(resolver.importModule);

  const program = createProgram({ native, resolver, cleaner, makeRequire });
  const { fail, handlers } = createHandlers({
    emit,
    timers,
    calls,
    rejections,
    beginWork(isLoad, values) {
      begin();
      environment.begin(isLoad, values);
    },
    sourceMap: createSourceMap(),
    describe: failureDescriber(cleaner, show),
    evaluate: program.evaluate,
    invoke: createInvoke(program),
  });
  installGlobals({
    native,
    calls,
    timers: timers.api,
    console: createConsole(emit, cleaner.clean),
    fail: (error) => fail(error),
    performance,
    process: node.process,
    require: makeRequire(),
    unpack,
  });
  return handlers;
}
