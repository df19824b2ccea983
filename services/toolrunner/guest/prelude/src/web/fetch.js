// fetch: there always, refused unless the call was granted it.
import { deniedError } from "../core/errors.js";

function hostOf(resource) {
  const text = typeof resource === "string" ? resource : (resource?.url ?? resource?.href ?? `${resource}`);
  try {
    return new URL(text).host || text;
  } catch {
    throw new TypeError(`fetch needs an absolute URL, not "${`${text}`.slice(0, 200)}"`);
  }
}

/** Makes the `fetch` of the sandbox. */
export async function fetch(resource) {
  const host = hostOf(resource);
  throw deniedError(
    `fetch to ${host} was not granted: the sandbox has no network unless the caller of the ` +
      "agent allows a host",
  );
}
