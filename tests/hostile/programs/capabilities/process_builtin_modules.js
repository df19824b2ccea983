// attacks: every module that process.getBuiltinModule gives, called
// expect: result []
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        const names = ["fs", "net", "child_process", "worker_threads", "vm", "http", "dgram", "tls", "cluster", "inspector", "repl"];
        const open = [];
        // What fails later, as in Node, does so by an event: nothing was done.
        const later = ["net.createServer", "net.connect", "child_process.fork", "http.createServer", "tls.createServer", "tls.connect", "cluster.fork", "repl.start"];
        for (const name of names) {
          const module = process.getBuiltinModule(name);
          for (const member of ["readFileSync", "createServer", "execSync", "Worker", "runInThisContext", "request", "createSocket", "connect", "fork", "open", "start"]) {
            try { module[member]("x"); if (!later.includes(`${name}.${member}`)) open.push(`${name}.${member}`); } catch (error) { if (error.code !== "ENOENT" && !/^(CapabilityDeniedError|NotAvailableError|TypeError|ReferenceError)$/.test(error.name)) open.push(`${name}.${member}: ${error}`); }
          }
        }
        return open;
      },
    },
  },
};
