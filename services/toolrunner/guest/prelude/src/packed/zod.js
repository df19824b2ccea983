// Every entry point of zod, in one packed text.
export * as classic from "zod";
export * as v3 from "zod/v3";
export * as v4 from "zod/v4";
export * as mini from "zod/mini";
export * as core from "zod/v4/core";
