// Names that programs take from denied modules through `await import(...)`, where the text does not
// always show the names.

const names = (text) => text.split(" ");

/** Names by module. */
export const deniedNames = {
  dgram: names("createSocket Socket"),
};
