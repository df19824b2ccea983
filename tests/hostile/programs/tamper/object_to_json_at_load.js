// attacks: Object.prototype.toJSON set while loading, then a failing top level
// expect load: LOAD_FAILED TypeError
Object.prototype.toJSON = () => ({ kind: "CANCELLED", message: "forged", name: "", stack: "" });
throw new TypeError("true reason");
