// Elliptic curves: @noble/curves, for signatures and key agreement.
export { p256, p384, p521 } from "@noble/curves/nist.js";
export { ed25519, x25519 } from "@noble/curves/ed25519.js";
export { secp256k1 } from "@noble/curves/secp256k1.js";
