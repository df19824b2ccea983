// Modules of Node with nothing to do here: tracing, single executables, WASI, tests.
const stream = require("stream");
const { as, inert, inertAll, notAvailable } = require("sandbox");

const failure = (message, code, ErrorClass = Error) => Object.assign(new ErrorClass(message), { code });

class Tracing {
  constructor(categories) {
    this.categories = categories.join(",");
    this.enabled = false;
  }
  enable() {
    this.enabled = true;
  }
  disable() {
    this.enabled = false;
  }
}

const trace_events = {
  createTracing: as("inert", ({ categories }) => new Tracing(categories)),
  getEnabledCategories: inert("getEnabledCategories"),
};

function noSea() {
  throw failure("The current application is not running as a single-executable application.", "ERR_NOT_IN_SINGLE_EXECUTABLE_APPLICATION");
}
const sea = {
  isSea: inert("isSea", () => false),
  ...Object.fromEntries(["getAsset", "getRawAsset", "getAssetAsBlob", "getAssetKeys"].map((name) => [name, as("refused", () => noSea())])),
};

class WASI {
  constructor() {
    throw notAvailable("wasi.WASI: the sandbox does not run WebAssembly of a bundle");
  }
  finalizeBindings() {}
  start() {}
  initialize() {}
  getImportObject() {}
}

// Tests are declared, and not run: nobody reads their report.
function testFunction(name) {
  const declared = inert(name, async () => undefined);
  for (const kind of ["skip", "todo", "only"]) declared[kind] = inert(kind, async () => undefined);
  return declared;
}

function mockFunction(original = () => undefined, implementation = original) {
  const calls = [];
  let current = implementation;
  const mocked = function (...args) {
    const call = { arguments: args, this: this, target: new.target, stack: new Error(), error: undefined, result: undefined };
    calls.push(call);
    try {
      call.result = new.target ? Reflect.construct(current, args, new.target) : current.apply(this, args);
      return call.result;
    } catch (error) {
      call.error = error;
      throw error;
    }
  };
  mocked.mock = {
    calls,
    callCount: () => calls.length,
    resetCalls: () => void calls.splice(0),
    mockImplementation: (next) => void (current = next),
    restore: () => void (current = original),
  };
  return mocked;
}

class MockTracker {
  #undo = [];
  timers = inertAll("enable reset tick runAll setTime");
  fn(original, implementation) {
    return mockFunction(original, implementation);
  }
  method(object, name, implementation) {
    const original = object[name];
    const mocked = mockFunction(original, implementation);
    object[name] = mocked;
    this.#undo.push(() => void (object[name] = original));
    return mocked;
  }
  restoreAll() {
    for (const undo of this.#undo.splice(0)) undo();
  }
  reset() {
    this.restoreAll();
  }
}

const test = testFunction("test");
Object.assign(test, {
  expectFailure: testFunction("expectFailure"),
  ...inertAll({ after: undefined, afterEach: undefined, before: undefined, beforeEach: undefined, getTestContext: undefined }),
  describe: testFunction("describe"),
  it: testFunction("it"),
  suite: testFunction("suite"),
  run: inert("run", () => new stream.Readable({ objectMode: true, read() { this.push(null); } })),
  test,
  mock: new MockTracker(),
  snapshot: Object.assign(Object.create(null), inertAll("setDefaultSnapshotSerializers setResolveSnapshotPath")),
  assert: Object.assign(Object.create(null), inertAll("register")),
});

const silent = (name) => {
  const reporter = async function* () {};
  Object.defineProperty(reporter, "name", { value: name });
  return as("inert", reporter);
};
const silentStream = (name) => {
  const reporter = function () {
    return new stream.Transform({ writableObjectMode: true, transform: (chunk, encoding, done) => done() });
  };
  Object.defineProperty(reporter, "name", { value: name });
  return as("inert", reporter);
};

module.exports = {
  trace_events,
  sea,
  wasi: { WASI: as("refused", WASI) },
  test,
  "test/reporters": { dot: silent("dot"), junit: silent("junit"), spec: silentStream("spec"), tap: silent("tap"), lcov: silentStream("lcov") },
};
