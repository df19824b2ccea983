// node:inspector with nothing to inspect: no session connects, and events go nowhere.
const EventEmitter = require("events");
const { as, inert, inertAll, notAvailable } = require("sandbox");

const NETWORK = "requestWillBeSent responseReceived loadingFinished loadingFailed dataSent dataReceived webSocketCreated webSocketClosed webSocketHandshakeResponseReceived";
const STORAGE = "domStorageItemAdded domStorageItemRemoved domStorageItemUpdated domStorageItemsCleared registerStorage";
const why = (what) => Object.assign(notAvailable(`${what}: the sandbox cannot be inspected from inside`), { code: "ERR_INSPECTOR_NOT_AVAILABLE" });

function sessionClass(isPromising) {
  class Session extends EventEmitter {
    connect() {}
    connectToMainThread() {
      throw Object.assign(why("inspector.Session.connectToMainThread"), { code: "ERR_INSPECTOR_NOT_WORKER" });
    }
    post(method, parameters, callback = parameters) {
      const error = why(`inspector ${method}`);
      if (isPromising) return Promise.reject(error);
      if (typeof callback === "function") process.nextTick(callback, error);
      return undefined;
    }
    disconnect() {}
  }
  return as("refused", Session);
}

const shared = {
  open: as("refused", () => {
    throw why("inspector.open");
  }),
  close: inert("close"),
  url: () => undefined,
  waitForDebugger: as("refused", () => {
    throw Object.assign(why("inspector.waitForDebugger"), { code: "ERR_INSPECTOR_NOT_ACTIVE" });
  }),
  console: inertAll("debug error info log warn dir dirxml table trace group groupCollapsed groupEnd clear count countReset assert profile profileEnd time timeLog timeEnd timeStamp context"),
  Network: inertAll(NETWORK),
  NetworkResources: inertAll("put"),
  DOMStorage: inertAll(STORAGE),
};

module.exports = {
  callbacks: { ...shared, Session: sessionClass(false) },
  promises: { ...shared, Session: sessionClass(true) },
};
