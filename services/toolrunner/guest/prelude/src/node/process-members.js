// Members of process that answer for a machine that is not there: figures are zero, settings are
// taken and do nothing, and what would act on the system is refused with Node's code.
import { programEnded } from "../core/errors.js";
import { as, inert, inertAll, refusal, refused } from "./refusal.js";

const NODE_VERSION = "24.19.0";
// Programs choose their native parts by these two, and give up on what Node never runs on.
const MACHINE = { platform: "linux", arch: "x64" };
const USER = 1000;
const GLOBAL_SETTERS = ["setuid", "setgid", "seteuid", "setegid", "setgroups", "initgroups"];

const figures = () => ({
  memoryUsage: Object.assign(
    inert("memoryUsage", () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 })),
    { rss: inert("rss", () => 0) },
  ),
  ...inertAll({
    cpuUsage: () => ({ user: 0, system: 0 }),
    threadCpuUsage: () => ({ user: 0, system: 0 }),
    constrainedMemory: () => 0,
    availableMemory: () => 256 * 2 ** 20,
    resourceUsage: () => ({
      userCPUTime: 0, systemCPUTime: 0, maxRSS: 0, sharedMemorySize: 0, unsharedDataSize: 0, unsharedStackSize: 0,
      minorPageFault: 0, majorPageFault: 0, swappedOut: 0, fsRead: 0, fsWrite: 0, ipcSent: 0, ipcReceived: 0,
      signalsCount: 0, voluntaryContextSwitches: 0, involuntaryContextSwitches: 0,
    }),
    getActiveResourcesInfo: () => [],
    _getActiveHandles: () => [],
    _getActiveRequests: () => [],
  }),
});

// A report of a crash: nothing crashes here, and nothing is written.
const report = () => ({
  compact: false, excludeNetwork: false, excludeEnv: false, signal: "SIGUSR2", filename: "", directory: "",
  reportOnFatalError: false, reportOnSignal: false, reportOnUncaughtException: false,
  ...inertAll({ getReport: () => ({ header: { ...MACHINE }, javascriptStack: {}, libuv: [], sharedObjects: [] }), writeReport: () => "" }),
});

const denied = (name, reason, details) => refused(name, () => refusal(`process.${name}`, reason, { errno: -1, code: "EPERM", syscall: name, ...details }));

// The process itself; a signal of 0 only asks whether it is there.
const OWN = new Set([1]);

function killing(name) {
  return { [name](pid, signal) {
    if (!OWN.has(+pid)) throw refusal(`process.${name}`, "the sandbox has no other processes", { errno: -1, code: "EPERM", syscall: name });
    if (signal === 0) return true;
    throw programEnded(`this tool called process.${name}(${pid}): there is no process to end`);
  } }[name];
}

// Names that Node's process.binding still takes: there is nothing behind them here.
const BINDINGS = new Set(
  (
    "async_wrap buffer cares_wrap config constants contextify crypto fs fs_event_wrap http_parser icu inspector js_stream natives os " +
    "pipe_wrap process_wrap signal_wrap spawn_sync stream_wrap tcp_wrap tls_wrap tty_wrap udp_wrap url util uv v8 zlib"
  ).split(" "),
);

function systemCalls() {
  const acting = GLOBAL_SETTERS.map((name) => [name, denied(name, "the sandbox has one user, who cannot be changed")]);
  const noSuchModule = (name) => (module) => {
    if (BINDINGS.has(module)) return {};
    throw Object.assign(new Error(`No such module: ${module}`), { cause: refusal(`process.${name}`, "there is nothing below the sandbox") });
  };
  return {
    ...Object.fromEntries(acting),
    binding: as("refused", noSuchModule("binding")),
    _linkedBinding: as("refused", noSuchModule("_linkedBinding")),
    dlopen: denied("dlopen", "the sandbox loads no native addons", { code: "ERR_DLOPEN_FAILED" }),
    kill: as("refused", killing("kill")),
    _kill: as("refused", killing("_kill")),
    execve: denied("execve", "the sandbox runs no other programs"),
    loadEnvFile: as("refused", (path = ".env") => {
      throw refusal("process.loadEnvFile", "the sandbox has no such file", { errno: -2, code: "ENOENT", syscall: "open", path: `${path}` });
    }),
  };
}

// Node's flags, under each spelling that the option may have.
function flagsOf(unpack) {
  let known;
  const plain = (flag) => `${flag}`.replace(/_/g, "-").replace(/^(?!-)/, "--").replace(/=.*$/, "");
  class NodeEnvironmentFlagsSet extends Set {
    add() {
      return this;
    }
    delete() {
      return false;
    }
    clear() {}
    has(flag) {
      return typeof flag === "string" && super.has(plain(flag));
    }
  }
  return () => {
    if (known === undefined) {
      known = new NodeEnvironmentFlagsSet();
      for (const flag of unpack("node/facts").process.flags) Set.prototype.add.call(known, flag);
      Object.freeze(known);
    }
    return known;
  };
}

/** The members; `unpack` gives the facts about Node where they are large. */
export function createMembers(unpack) {
  let captured = null;
  const flags = flagsOf(unpack);
  const members = {
    ...MACHINE,
    version: `v${NODE_VERSION}`,
    versions: Object.freeze({
      node: NODE_VERSION, modules: "137", napi: "10", uv: "1.52.1", v8: "13.6.233.17-node.51", zlib: "1.3.2.1",
      openssl: "3.5.7", unicode: "17.0", undici: "7.29.0", quickjs: "0.17",
    }),
    release: Object.freeze({ name: "node", lts: "Krypton" }),
    config: Object.freeze({ target_defaults: Object.freeze({}), variables: Object.freeze({ target_arch: MACHINE.arch }) }),
    features: {
      inspector: false, debug: false, uv: true, ipv6: true, tls_alpn: true, tls_sni: true, tls_ocsp: true, tls: true,
      openssl_is_boringssl: false, cached_builtins: true, require_module: true, quic: false, typescript: false,
    },
    ...figures(),
    ...systemCalls(),
    getuid: () => USER, geteuid: () => USER, getgid: () => USER, getegid: () => USER, getgroups: () => [USER],
    report: report(),
    finalization: inertAll("register registerBeforeExit unregister"),
    ...inertAll("ref unref setSourceMapsEnabled _rawDebug _debugProcess _debugEnd _startProfilerIdleNotifier _stopProfilerIdleNotifier _tickCallback"),
    _fatalException: inert("_fatalException", () => false),
    openStdin: () => process.stdin.resume?.() ?? process.stdin,
    setUncaughtExceptionCaptureCallback: as("inert", (callback) => {
      captured = callback;
    }),
    hasUncaughtExceptionCaptureCallback: () => captured !== null,
    sourceMapsEnabled: false,
    noProcessWarnings: true,
    moduleLoadList: [],
    _preload_modules: [],
    _exiting: false,
    domain: null,
    mainModule: undefined,
  };
  return Object.defineProperty(members, "allowedNodeEnvironmentFlags", { enumerable: true, configurable: true, get: flags });
}
