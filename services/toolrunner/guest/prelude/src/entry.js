// The prelude: `boot(native)` defines the globals and returns the handlers for the C shim.
import { createConsole } from "./console/console.js";
import { inspect, NOT_SHOWN } from "./console/inspect.js";
import { plainText } from "./console/plain.js";
import { asyncContextFrom } from "./core/async-context.js";
import { createCalls } from "./core/calls.js";
import { Kind } from "./core/kinds.js";
import { failureDescriber } from "./core/failure.js";
import { createHandlers } from "./core/handlers.js";
import { PROGRAM_FILE } from "./core/kinds.js";
import { modelsFrom } from "./core/models.js";
import { protectBuiltIns } from "./core/protection.js";
import { createRejections } from "./core/rejections.js";
import { stackCleaner } from "./core/stack.js";
import { createTimers } from "./core/timers.js";
import { waitingFrom } from "./core/waiting.js";
import { describeTool } from "./dispatch/describe.js";
import { membersFrom } from "./dispatch/in-place.js";
import { parsed } from "./dispatch/input.js";
import { agentsMadeBy, createInvoke } from "./dispatch/invoke.js";
import { createUnusable } from "./dispatch/unusable.js";
import { installGlobals } from "./globals.js";
import { createIncomplete } from "./load/incomplete.js";
import { createProgram } from "./load/program.js";
import { createRecovery } from "./load/recovery.js";
import { requireFactory } from "./load/require.js";
import { createResolver } from "./load/resolver.js";
import { askFirst, beginCalls } from "./load/standins.js";
import { createCatalogue } from "./modules/catalogue.js";
import { createEnvironment } from "./node/environment.js";
import { internals } from "./node/internals.js";
import { completeConsole, nodeModules } from "./node/modules.js";
import { createSourceMap } from "./sourcemap/source-map.js";
import { createUnpack } from "./packed/load.js";
import { AbortController } from "./web/abort.js";
import { derivationFrom } from "./web/derivation.js";
import { hostNamesFrom } from "./web/host-names.js";
import { createPerformance } from "./web/performance.js";

const SHOWN = { depth: 1, maxArrayLength: 10, maxStringLength: 1000 };

/** Called once, before any bundle code; `native` comes from the C shim (see native.c). */
export function boot(native) {
  const { emit } = native;
  asyncContextFrom(native);
  waitingFrom(native);
  derivationFrom(native);
  membersFrom(native);
  askFirst(native.answersNothing);
  const cleaner = stackCleaner();
  const shown = { __proto__: null, ...SHOWN, cleanStack: cleaner.clean };
  const show = (value) => {
    try {
      const text = inspect(value, shown);
      if (text !== NOT_SHOWN) return text;
    } catch {
      // A bundle replaced what the formatter is made of.
    }
    return plainText(value);
  };
  const timers = createTimers();
  const calls = createCalls(emit);
  modelsFrom({ calls, parsed, describe: describeTool });
  const rejections = createRejections(show);
  native.setRejectionTracker?.(rejections.track);

  // Modules require each other through the resolver, which is built from them, so look it up late.
  const makeRequire = requireFactory(
    (specifier) => resolver.requireModule(specifier),
    (specifier) => resolver.isThere(specifier),
    (specifier) => recovery.lacked(specifier),
  );
  const fromSandbox = { "abort-controller": { AbortController } };
  const requireOf = (name) => fromSandbox[name] ?? makeRequire()(name.replace(/\/$/, ""));
  const unpack = createUnpack(native.evalData, requireOf);
  fromSandbox.sandbox = internals({ unpack, evalScript: native.evalScript });
  const ownConsole = completeConsole(createConsole(emit, cleaner.clean), unpack);
  const { log, warn, error } = ownConsole; // kept here, since a bundle may replace its console's methods
  const write = (level, text) => ({ log, warn, error })[level]("%s", text);
  hostNamesFrom(() => unpack("hostNames"));
  const { performance, begin } = createPerformance();
  const work = { isCall: false };
  const environment = createEnvironment(emit);
  const { env } = environment;
  const node = nodeModules({
    work, calls, timers: timers.api, nextTick: timers.nextTick, env, makeRequire, unpack, write,
  });
  const resolver = createResolver(createCatalogue(node, unpack));
  native.setModuleResolver(resolver.importModule);

  const describe = failureDescriber(cleaner, show);
  const incomplete = createIncomplete();
  const recovery = createRecovery({
    describe, clean: cleaner.clean, incomplete, native,
  });
  const captured = (fn) => native.capturedVariables(fn, PROGRAM_FILE);
  const { faultOfTool, unusableOf } = createUnusable(incomplete, captured);
  const program = createProgram({ native, resolver, cleaner, makeRequire, recovery, loads: node.loads });
  const sourceMap = createSourceMap();
  const explain = (error) => {
    const { name, message, stack } = describe(error, Kind.THROWN);
    const place = stack.split("\n")[0].trim();
    return sourceMap.mapped(`${name === "" ? "" : `${name}: `}${message}${place === "" ? "" : ` (${place})`}`);
  };
  const { fail, handlers } = createHandlers({
    emit,
    timers,
    calls,
    rejections,
    beginWork(isLoad, values) {
      begin();
      work.isCall = !isLoad;
      environment.begin(isLoad, values);
    },
    sourceMap,
    describe,
    recovery,
    beginCalls,
    evaluate: program.evaluate,
    prepare: createInvoke(program, incomplete, faultOfTool, explain, rejections.ofLoad),
    incomplete,
    agentsMade: () => agentsMadeBy(program, unusableOf),
  });
  installGlobals({
    native,
    calls,
    timers: timers.api,
    console: ownConsole,
    fail: (error) => fail(error),
    performance,
    process: node.process,
    require: makeRequire(),
    unpack,
    // The script's own argument: see build.mjs.
    intlData: { ...INTL_DATA, bytes: new Uint8Array(native.data()) },
  });
  protectBuiltIns(native);
  scrub();
  return handlers;
}

// What parsing this script left in freed blocks would be copied into every image: take the blocks,
// which zeroes them, and give them back. The allocator keeps a list for each power of two.
function scrub() {
  const MIB = 2 ** 20;
  const blocks = [MIB, MIB].map((size) => new ArrayBuffer(size - 4096));
  blocks.length = 0;
}
