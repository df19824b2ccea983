// AES and ChaCha20: @noble/ciphers.
export { cbc, cfb, ctr, ecb, gcm, aeskw } from "@noble/ciphers/aes.js";
export { chacha20, chacha20poly1305 } from "@noble/ciphers/chacha.js";
