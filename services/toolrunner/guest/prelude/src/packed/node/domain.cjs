// node:domain: errors thrown in `run` and emitted by members go to the domain.
const EventEmitter = require("events");

const stack = [];

class Domain extends EventEmitter {
  members = [];
  _errorHandler(error) {
    return this.emit("error", error);
  }
  enter() {
    stack.push(this);
    module.exports.active = process.domain = this;
  }
  exit() {
    const at = stack.lastIndexOf(this);
    if (at >= 0) stack.splice(at);
    module.exports.active = process.domain = stack.at(-1) ?? null;
  }
  add(emitter) {
    if (this.members.includes(emitter)) return;
    this.members.push(emitter);
    if (typeof emitter.on === "function") emitter.on("error", (error) => this.emit("error", error));
  }
  remove(emitter) {
    this.members = this.members.filter((each) => each !== emitter);
  }
  run(callback, ...args) {
    this.enter();
    try {
      return callback.apply(this, args);
    } catch (error) {
      if (this.listenerCount("error") === 0) throw error;
      this.emit("error", error);
      return undefined;
    } finally {
      this.exit();
    }
  }
  bind(callback) {
    const bound = this;
    return function (...args) {
      return bound.run(() => callback.apply(this, args));
    };
  }
  intercept(callback) {
    return (error, ...args) => {
      if (error) this.emit("error", error);
      else this.run(() => callback(...args));
    };
  }
}

const create = () => new Domain();
module.exports = { _stack: stack, Domain, createDomain: create, create, active: null };
