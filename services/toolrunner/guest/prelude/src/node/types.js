// node:util/types, as far as JavaScript code can determine them.

const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
const TypedArray = Object.getPrototypeOf(Uint8Array);
const is = (Class) => (value) => value instanceof Class;
const tagged = (tag) => (value) => typeof value === "object" && value !== null && tagOf(value) === tag;

const BY_CLASS = {
  isDate: Date, isRegExp: RegExp, isMap: Map, isSet: Set, isWeakMap: WeakMap, isWeakSet: WeakSet,
  isPromise: Promise, isNativeError: Error, isArrayBuffer: ArrayBuffer, isAnyArrayBuffer: ArrayBuffer,
  isDataView: DataView, isTypedArray: TypedArray, isUint8Array: Uint8Array, isInt8Array: Int8Array,
  isUint8ClampedArray: Uint8ClampedArray, isUint16Array: Uint16Array, isInt16Array: Int16Array,
  isUint32Array: Uint32Array, isInt32Array: Int32Array, isFloat32Array: Float32Array,
  isFloat64Array: Float64Array, isBigInt64Array: BigInt64Array, isBigUint64Array: BigUint64Array,
};

export const types = {
  ...Object.fromEntries(Object.entries(BY_CLASS).map(([name, Class]) => [name, is(Class)])),
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isAsyncFunction: (value) => typeof value === "function" && tagOf(value) === "AsyncFunction",
  isGeneratorFunction: (value) => typeof value === "function" && tagOf(value).endsWith("GeneratorFunction"),
  isGeneratorObject: tagged("Generator"),
  isMapIterator: tagged("Map Iterator"),
  isSetIterator: tagged("Set Iterator"),
  isArgumentsObject: tagged("Arguments"),
  isModuleNamespaceObject: tagged("Module"),
  isNumberObject: tagged("Number"),
  isStringObject: tagged("String"),
  isBooleanObject: tagged("Boolean"),
  isSymbolObject: tagged("Symbol"),
  isBigIntObject: tagged("BigInt"),
  isBoxedPrimitive: (value) =>
    ["Number", "String", "Boolean", "Symbol", "BigInt"].some((tag) => tagged(tag)(value)),
  isFloat16Array: (value) => typeof Float16Array === "function" && value instanceof Float16Array,
  isCryptoKey: (value) => typeof CryptoKey === "function" && value instanceof CryptoKey,
  isKeyObject: tagged("KeyObject"),
  isProxy: () => false,
  isExternal: () => false,
  isSharedArrayBuffer: () => false,
};
