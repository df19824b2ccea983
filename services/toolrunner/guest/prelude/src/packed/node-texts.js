// Node's modules that are carried as text; see load.js.
import buffer from "packed:./node/buffer.cjs";
import child_process from "packed:./node/child_process.cjs";
import cluster from "packed:./node/cluster.cjs";
import console from "packed:./node/console.cjs";
import consumers from "packed:./node/consumers.cjs";
import crypto from "packed:./node/crypto.cjs";
import dns from "packed:./node/dns.cjs";
import domain from "packed:./node/domain.cjs";
import facts from "packed:./node/facts.cjs";
import idle from "packed:./node/idle.cjs";
import inspector from "packed:./node/inspector.cjs";
import module from "packed:./node/module.cjs";
import os from "packed:./node/os.cjs";
import perf_hooks from "packed:./node/perf_hooks.cjs";
import readline from "packed:./node/readline.cjs";
import stream from "packed:./node/stream.cjs";
import repl from "packed:./node/repl.cjs";
import tty from "packed:./node/tty.cjs";
import utilArguments from "packed:./node/util-arguments.cjs";
import url from "packed:./node/url.cjs";
import util from "packed:./node/util.cjs";
import v8 from "packed:./node/v8.cjs";
import vm from "packed:./node/vm.cjs";
import worker_threads from "packed:./node/worker_threads.cjs";
import zlib from "packed:./node/zlib.cjs";

const TEXTS = {
  buffer,
  child_process,
  cluster,
  console,
  consumers,
  crypto,
  dns,
  domain,
  facts,
  idle,
  inspector,
  module,
  os,
  perf_hooks,
  readline,
  stream,
  repl,
  tty,
  "util-arguments": utilArguments,
  url,
  util,
  v8,
  vm,
  worker_threads,
  zlib,
};

export const nodeTexts = Object.fromEntries(Object.entries(TEXTS).map(([name, text]) => [`node/${name}`, text]));
