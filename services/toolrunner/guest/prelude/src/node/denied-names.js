// Names that programs take from denied modules through `await import(...)`, where the text does not
// always show the names.

const FILES = (
  "access appendFile chmod chown copyFile cp link lstat mkdir mkdtemp open opendir readFile readdir " +
  "readlink realpath rename rm rmdir stat symlink truncate unlink utimes writeFile"
).split(" ");

const names = (text) => text.split(" ");

/** Names by module. */
export const deniedNames = {
  fs: [
    ...FILES,
    ...FILES.map((name) => `${name}Sync`),
    ...names("promises exists existsSync createReadStream createWriteStream watch watchFile"),
  ],
  "fs/promises": FILES,
  http: names("request get createServer Server ClientRequest IncomingMessage ServerResponse"),
  https: names("request get createServer Server"),
  http2: names("connect createServer createSecureServer constants"),
  net: names("connect createConnection createServer Server Socket"),
  tls: names("connect createServer createSecureContext TLSSocket"),
  dgram: names("createSocket Socket"),
};
