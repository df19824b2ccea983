// Slow key derivation: @noble/hashes.
export { pbkdf2 } from "@noble/hashes/pbkdf2.js";
export { scrypt } from "@noble/hashes/scrypt.js";
export { hkdf } from "@noble/hashes/hkdf.js";
