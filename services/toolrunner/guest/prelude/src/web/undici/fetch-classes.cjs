// Headers, Request, Response and FormData from undici, which are those of Node itself. Its network
// client is not bundled: what it asks of Node and of its core is answered by the files beside this.
const { FormData } = require("undici/lib/web/fetch/formdata.js");
const { Headers, HeadersList } = require("undici/lib/web/fetch/headers.js");
const { fromInnerResponse, makeResponse, Response } = require("undici/lib/web/fetch/response.js");
// After Response, whose module says how bodies are converted.
const { getRequestState, Request } = require("undici/lib/web/fetch/request.js");
const { dataURLProcessor, serializeAMimeType } = require("undici/lib/web/fetch/data-url.js");

/**
 * A Response as fetch gives it, with headers that cannot be changed: `urls` are those of the request
 * and of its redirects, `stream` the body or null.
 */
function fetchedResponse({ status, statusText, type, urls, headers, stream }) {
  const headersList = new HeadersList();
  for (const [name, value] of headers) headersList.append(name, value, false);
  const body = stream === null ? null : { stream, source: null, length: null };
  const first = new URL(urls[0]);
  const last = urls.length > 1 ? new URL(urls[1]) : undefined;
  const urlList = last === undefined ? [first] : [first, last];
  return fromInnerResponse(makeResponse({ status, statusText, type, urlList, headersList, body }), "immutable");
}

/** The body of a request as `{stream, source}`, or null. */
const bodyOf = (request) => getRequestState(request).body;

/** What a `data:` URL holds as `{type, bytes}`, or null when it is malformed. */
function dataOf(url) {
  const data = dataURLProcessor(new URL(url));
  return data === "failure" ? null : { type: serializeAMimeType(data.mimeType), bytes: data.body };
}

module.exports = { FormData, Headers, Request, Response, bodyOf, dataOf, fetchedResponse };
