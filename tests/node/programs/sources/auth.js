// Tokens and passwords.
import bcrypt from "bcryptjs";
import jwt from "jsonwebtoken";

export async function run(keys) {
  const token = jwt.sign({ user: 1, iat: 1 }, keys.rsa, { algorithm: "RS256", noTimestamp: true, allowInsecureKeySizes: true });
  const small = jwt.sign({ user: 2 }, "secret", { noTimestamp: true });
  const ec = jwt.sign({ user: 3 }, keys.ec, { algorithm: "ES256", noTimestamp: true });
  const wrong = (() => { try { jwt.verify(small, "other"); } catch (error) { return error.message; } })();
  const { createPublicKey } = await import("node:crypto");
  return [token, small, jwt.verify(token, createPublicKey(keys.rsa), { allowInsecureKeySizes: true }), jwt.verify(ec, createPublicKey(keys.ec)), wrong, await bcrypt.compare("p", await bcrypt.hash("p", 4))];
}
