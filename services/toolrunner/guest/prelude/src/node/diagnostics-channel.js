// node:diagnostics_channel: channels that call their subscribers synchronously.

class Channel {
  #subscribers = [];
  constructor(name) {
    this.name = name;
  }
  get hasSubscribers() {
    return this.#subscribers.length > 0;
  }
  subscribe(subscriber) {
    this.#subscribers = [...this.#subscribers, subscriber];
  }
  unsubscribe(subscriber) {
    const before = this.#subscribers.length;
    this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
    return this.#subscribers.length < before;
  }
  publish(message) {
    for (const subscriber of this.#subscribers) subscriber(message, this.name);
  }
  runStores(context, callback, self, ...args) {
    this.publish(context);
    return callback.apply(self, args);
  }
  bindStore() {}
  unbindStore() {
    return false;
  }
}

class TracingChannel {
  constructor(channel) {
    for (const event of ["start", "end", "asyncStart", "asyncEnd", "error"]) this[event] = channel(event);
  }
  get hasSubscribers() {
    return this.start.hasSubscribers;
  }
  subscribe() {}
  unsubscribe() {
    return true;
  }
  traceSync(callback, context, self, ...args) {
    return callback.apply(self, args);
  }
  tracePromise(callback, context, self, ...args) {
    return Promise.resolve(callback.apply(self, args));
  }
  traceCallback(callback, position, context, self, ...args) {
    return callback.apply(self, args);
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
  tracingChannel: (name) => new TracingChannel((event) => channel(`tracing:${name}:${event}`)),
};
