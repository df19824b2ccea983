// Slow key derivation: @noble/hashes.
export { argon2d, argon2i, argon2id } from "@noble/hashes/argon2.js";
export { pbkdf2 } from "@noble/hashes/pbkdf2.js";
export { hkdf } from "@noble/hashes/hkdf.js";
