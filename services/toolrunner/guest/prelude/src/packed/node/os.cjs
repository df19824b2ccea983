// node:os of a machine that reveals nothing about the host.
const { as, facts, refusal } = require("sandbox");

const SIGNALS = facts().os;
// One processor and a round size: programs divide by both, and read the first one's model.
const CPU = { model: "", speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } };
const MEMORY = 256 * 2 ** 20;
const USER = { uid: 1000, gid: 1000, username: "caisson", homedir: "/", shell: null };
const text = (value) => Object.defineProperty(() => value, Symbol.toPrimitive, { value: () => value });

function userInfo(options) {
  if (options?.encoding !== "buffer") return { ...USER };
  return { ...USER, username: Buffer.from(USER.username), homedir: Buffer.from(USER.homedir) };
}

module.exports = {
  arch: text("x64"),
  availableParallelism: Object.defineProperty(() => 1, Symbol.toPrimitive, { value: () => 1 }),
  cpus: () => [structuredClone(CPU)],
  endianness: text("LE"),
  freemem: () => MEMORY,
  getPriority: () => 0,
  homedir: text(USER.homedir),
  hostname: text("caisson"),
  loadavg: () => [0, 0, 0],
  networkInterfaces: () => ({}),
  platform: text("linux"),
  release: text("6.1.0"),
  setPriority: as("refused", () => {
    const details = { code: "ERR_SYSTEM_ERROR", errno: -13, syscall: "uv_os_setpriority", info: { errno: -13, code: "EACCES", message: "permission denied", syscall: "uv_os_setpriority" } };
    throw refusal("os.setPriority", "the sandbox has no other processes", details);
  }),
  tmpdir: text("/tmp"),
  totalmem: () => MEMORY,
  type: text("Linux"),
  userInfo,
  uptime: () => 0,
  version: text("#1"),
  machine: text("x86_64"),
  constants: Object.freeze(Object.assign(Object.create(null), SIGNALS)),
  EOL: "\n",
  devNull: "/dev/null",
};
