// node:diagnostics_channel: channels that call their subscribers at once, and tracing of work.

class Channel {
  #subscribers = [];
  #stores = new Map();
  constructor(name) {
    this.name = name;
  }
  get hasSubscribers() {
    return this.#subscribers.length > 0 || this.#stores.size > 0;
  }
  subscribe(subscriber) {
    if (typeof subscriber !== "function") {
      throw Object.assign(new TypeError('The "subscription" argument must be of type function.'), { code: "ERR_INVALID_ARG_TYPE" });
    }
    this.#subscribers = [...this.#subscribers, subscriber];
  }
  unsubscribe(subscriber) {
    const at = this.#subscribers.indexOf(subscriber);
    if (at < 0) return false;
    this.#subscribers = this.#subscribers.toSpliced(at, 1);
    return true;
  }
  publish(message) {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(message, this.name);
      } catch (error) {
        // As in Node: a subscriber's fault is uncaught, and does not stop who publishes.
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }
  bindStore(store, transform) {
    this.#stores.set(store, transform);
  }
  unbindStore(store) {
    return this.#stores.delete(store);
  }
  runStores(context, callback, self, ...args) {
    let run = () => {
      this.publish(context);
      return Reflect.apply(callback, self, args);
    };
    for (const [store, transform] of this.#stores) {
      const inner = run;
      run = () => store.run(transform === undefined ? context : transform(context), inner);
    }
    return run();
  }
}

const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"];

class TracingChannel {
  constructor(channelOf) {
    for (const event of EVENTS) this[event] = channelOf(event);
  }
  get hasSubscribers() {
    return EVENTS.some((event) => this[event].hasSubscribers);
  }
  subscribe(handlers) {
    for (const event of EVENTS) if (handlers[event]) this[event].subscribe(handlers[event]);
  }
  unsubscribe(handlers) {
    let done = true;
    for (const event of EVENTS) if (handlers[event] && !this[event].unsubscribe(handlers[event])) done = false;
    return done;
  }
  /** Do the part of traced work that runs at once. */
  #begin(context, work) {
    return this.start.runStores(context, () => {
      try {
        return work();
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
  traceSync(callback, context = {}, self, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(callback, self, args);
    return this.#begin(context, () => (context.result = Reflect.apply(callback, self, args)));
  }
  tracePromise(callback, context = {}, self, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(callback, self, args);
    const settled = (key, isError) => (value) => {
      context[key] = value;
      if (isError) this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
      return isError ? Promise.reject(value) : value;
    };
    return this.#begin(context, () =>
      Promise.resolve(Reflect.apply(callback, self, args)).then(settled("result", false), settled("error", true)),
    );
  }
  traceCallback(callback, position = -1, context = {}, self, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(callback, self, args);
    const original = args.at(position);
    const { asyncStart, asyncEnd, error: errors } = this;
    function traced(...given) {
      if (given[0]) context.error = given[0];
      else context.result = given[1];
      if (given[0]) errors.publish(context);
      return asyncStart.runStores(context, () => {
        try {
          return Reflect.apply(original, this, given);
        } finally {
          asyncEnd.publish(context);
        }
      });
    }
    args.splice(position, 1, traced);
    return this.#begin(context, () => Reflect.apply(callback, self, args));
  }
}

const channels = new Map();

function channel(name) {
  if (!channels.has(name)) channels.set(name, new Channel(name));
  return channels.get(name);
}

export default {
  channel,
  Channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name, subscriber) => channel(name).subscribe(subscriber),
  unsubscribe: (name, subscriber) => channel(name).unsubscribe(subscriber),
  tracingChannel: (given) => new TracingChannel((event) => (typeof given === "string" ? channel(`tracing:${given}:${event}`) : given[event])),
};
