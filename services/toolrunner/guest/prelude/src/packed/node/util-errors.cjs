// The system's errors by number, and errors made of them.
const { facts } = require("sandbox");

let map;
function getSystemErrorMap() {
  map ??= new Map(facts().systemErrors);
  return map;
}

function checkNumber(number) {
  if (Number.isInteger(number) && number < 0) return;
  if (typeof number !== "number") throw Object.assign(new TypeError('The "err" argument must be of type number.'), { code: "ERR_INVALID_ARG_TYPE" });
  throw Object.assign(new RangeError(`The value of "err" is out of range. It must be a negative integer. Received ${number}`), { code: "ERR_OUT_OF_RANGE" });
}

function getSystemErrorName(number) {
  checkNumber(number);
  return getSystemErrorMap().get(number)?.[0] ?? `Unknown system error ${number}`;
}

function getSystemErrorMessage(number) {
  checkNumber(number);
  return getSystemErrorMap().get(number)?.[1] ?? `Unknown system error ${number}`;
}

function errnoException(number, syscall, original) {
  const code = getSystemErrorName(number);
  const error = new Error(original ? `${syscall} ${code} ${original}` : `${syscall} ${code}`);
  return Object.assign(error, { errno: number, code, syscall });
}

function hostPortException(number, syscall, address, port, extra) {
  const code = getSystemErrorName(number);
  const place = port > 0 ? ` ${address}:${port}` : address ? ` ${address}` : "";
  const error = new Error(`${syscall} ${code}${place}${extra ? ` - Local (${extra})` : ""}`);
  return Object.assign(error, { errno: number, code, syscall, address, ...(port ? { port } : {}) });
}

module.exports = { errnoException, getSystemErrorMap, getSystemErrorMessage, getSystemErrorName, hostPortException };
