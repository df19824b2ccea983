// AES: @noble/ciphers.
export { cbc, ctr, gcm, aeskw } from "@noble/ciphers/aes.js";
