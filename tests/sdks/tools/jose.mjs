import { SignJWT, decodeProtectedHeader, importJWK, jwtVerify } from "jose";

const secret = new TextEncoder().encode("a-secret-of-32-bytes-for-hs256!!");
const key = { kty: "oct", k: "YS1zZWNyZXQtb2YtMzItYnl0ZXMtZm9yLWhzMjU2ISE", alg: "HS256" };

export async function call() {
  const token = await new SignJWT({ plan: "x" })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuedAt(1700000000)
    .setSubject("me")
    .sign(secret);
  const { payload } = await jwtVerify(token, await importJWK(key));
  let refused;
  try {
    await jwtVerify(`${token.slice(0, -2)}xx`, secret);
  } catch (error) {
    refused = error.code;
  }
  return { token, payload, header: decodeProtectedHeader(token), refused };
}
