// node:v8 of an engine that is not V8: figures are zero, flags are taken and do nothing. What is
// serialised can be read back here and by V8 (format version 15).
const { as, inert, inertAll, notAvailable } = require("sandbox");
const { Serializer, Deserializer, DefaultSerializer, DefaultDeserializer, serialize, deserialize } = require("./v8-serdes.cjs");

const HEAP = "total_heap_size total_heap_size_executable total_physical_size total_available_size used_heap_size heap_size_limit malloced_memory peak_malloced_memory does_zap_garbage number_of_native_contexts number_of_detached_contexts total_global_handles_size used_global_handles_size external_memory total_allocated_bytes";
const CODE = "code_and_metadata_size bytecode_and_metadata_size external_script_source_size cpu_profiler_metadata_size";
const MEMORY = 256 * 2 ** 20;
const zeros = (names) => Object.fromEntries(names.split(" ").map((name) => [name, 0]));
const none = () => notAvailable("heap snapshots and profiles of Node are not available in the sandbox");

class GCProfiler {
  start() {}
  stop() {
    return { version: 1, startTime: 0, statistics: [], endTime: 0 };
  }
}

const hooks = inertAll({ createHook: () => () => {}, onInit: () => () => {}, onBefore: () => () => {}, onAfter: () => () => {}, onSettled: () => () => {} });

module.exports = {
  cachedDataVersionTag: inert("cachedDataVersionTag", () => 0),
  getHeapSnapshot: as("refused", () => {
    throw none();
  }),
  writeHeapSnapshot: as("refused", () => {
    throw none();
  }),
  startCpuProfile: as("refused", () => {
    throw none();
  }),
  ...inertAll({
    getHeapStatistics: () => ({ ...zeros(HEAP), heap_size_limit: MEMORY, total_available_size: MEMORY, number_of_native_contexts: 1 }),
    getHeapSpaceStatistics: () => [],
    getHeapCodeStatistics: () => zeros(CODE),
    getCppHeapStatistics: () => ({ ...zeros("committed_size_bytes resident_size_bytes used_size_bytes"), space_statistics: [], type_names: [], detail_level: "detailed" }),
    setFlagsFromString: undefined,
    takeCoverage: undefined,
    stopCoverage: undefined,
    setHeapSnapshotNearHeapLimit: undefined,
    queryObjects: (constructor, options) => (options?.format === "summary" ? [] : 0),
  }),
  Serializer,
  Deserializer,
  DefaultSerializer,
  DefaultDeserializer,
  serialize,
  deserialize,
  GCProfiler: as("inert", GCProfiler),
  promiseHooks: hooks,
  startupSnapshot: inertAll({ addDeserializeCallback: undefined, addSerializeCallback: undefined, setDeserializeMainFunction: undefined, isBuildingSnapshot: () => false }),
  isStringOneByteRepresentation(text) {
    if (typeof text !== "string") throw Object.assign(new TypeError('The "content" argument must be of type string.'), { code: "ERR_INVALID_ARG_TYPE" });
    return !/[^\u0000-\u00ff]/.test(text);
  },
};
