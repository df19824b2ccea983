// What is behind URL: the package's own, but what it throws is as Node's, with `code` and `input`.
import { implementation as Implementation } from "whatwg-url/lib/URL-impl.js";
import { invalidUrl } from "../node/http/errors.js";

function as(input, base, act) {
  try {
    return act();
  } catch {
    throw invalidUrl(input, base);
  }
}

class UrlImplementation extends Implementation {
  constructor(globalObject, given) {
    as(given[0], given[1], () => super(globalObject, given));
  }
  get href() {
    return super.href;
  }
  set href(value) {
    as(value, undefined, () => {
      super.href = value;
    });
  }
}

export { UrlImplementation as implementation };
