// attacks: the stand-ins of a package that is not bundled, walked, proxied, extended and written to
// expect: result "only refusals"
// limits: fuel 8G
import * as net from "net-sockets";
export default {
  tools: {
    run: {
      async execute() {
        const uses = [
          () => net.connect.connect.connect(), () => new (class extends net.Socket {})(), () => Reflect.construct(net.Server, []),
          () => net.connect.call(null, "/"), () => net.connect.apply(null, ["/"]), () => net.default.constructor.constructor("return process.mainModule")().x,
          () => Object.setPrototypeOf(net.connect, null)(), () => [..."ab"].map(net.connect), () => `${net.connect("/")}`,
        ];
        for (const use of uses) { try { use(); return String(use); } catch {} }
        return "only refusals";
      },
    },
  },
};
