// node:dgram, of which nothing works: the sandbox has no sockets.
import { as, NO_NETWORK, refusal, refused } from "./refusal.js";

const because = (name) => () => refusal(`dgram.${name}`, NO_NETWORK);
const member = (name) => [name, refused(name, because(name))];

class Socket {
  constructor() {
    throw because("Socket")();
  }
  bind() {}
  send() {}
  close() {}
}

export default { ...Object.fromEntries(["_createSocketHandle", "createSocket"].map(member)), Socket: as("refused", Socket) };
