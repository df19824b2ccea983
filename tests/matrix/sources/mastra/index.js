// A Mastra project: an agent is known by the name of its export.
import { clerk, fieldSurveyor, keeper } from "./agents.js";

export { clerk, fieldSurveyor };
export default keeper;
