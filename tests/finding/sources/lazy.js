import { run } from "@openai/agents";
import * as part from "./part.cjs";

run(part.first, "hi");
require("./parts.js");
