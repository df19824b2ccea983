// events.EventEmitterAsyncResource: an emitter whose listeners run in the context of its making.
import { AsyncResource } from "./async-hooks.js";

/** Makes the class over EventEmitter. */
export function emitterResource(EventEmitter) {
  class EventEmitterReferencingAsyncResource extends AsyncResource {
    #emitter;
    constructor(emitter, type, options) {
      super(type, options);
      this.#emitter = emitter;
    }
    get eventEmitter() {
      return this.#emitter;
    }
  }

  return class EventEmitterAsyncResource extends EventEmitter {
    #resource;
    constructor(options) {
      const given = typeof options === "string" ? { name: options } : (options ?? {});
      super(given);
      const { name = new.target.name, triggerAsyncId } = given;
      this.#resource = new EventEmitterReferencingAsyncResource(this, name, { triggerAsyncId });
    }
    emit(event, ...args) {
      return this.#resource.runInAsyncScope(super.emit, this, event, ...args);
    }
    emitDestroy() {
      this.#resource.emitDestroy();
    }
    get asyncId() {
      return this.#resource.asyncId();
    }
    get triggerAsyncId() {
      return this.#resource.triggerAsyncId();
    }
    get asyncResource() {
      return this.#resource;
    }
  };
}
