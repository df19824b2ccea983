// attacks: every module that process.getBuiltinModule gives, called
// expect: result []
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        const names = ["fs", "net", "child_process", "worker_threads", "vm", "http", "dgram", "tls", "cluster", "inspector", "repl"];
        const open = [];
        for (const name of names) {
          const module = process.getBuiltinModule(name);
          for (const member of ["readFileSync", "createServer", "execSync", "Worker", "runInThisContext", "request", "createSocket", "connect", "fork", "open", "start"]) {
            try { module[member]("x"); open.push(`${name}.${member}`); } catch (error) { if (error.code !== "ENOENT" && !/^(CapabilityDeniedError|NotAvailableError|TypeError)$/.test(error.name)) open.push(`${name}.${member}: ${error}`); }
          }
        }
        return open;
      },
    },
  },
};
