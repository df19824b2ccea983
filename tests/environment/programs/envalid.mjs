import { bool, cleanEnv, num, str, url } from "envalid";
const report = ({ errors }) => {
  if (Object.keys(errors).length > 0) throw new Error(`wrong: ${Object.keys(errors).sort()}`);
};
const specs = { API_KEY: str(), API_URL: url(), PORT: num({ default: 3 }), DEBUG_ALL: bool({ default: false }) };
const env = cleanEnv(process.env, specs, { reporter: report });
export const call = () => [env.API_KEY, env.API_URL, env.PORT, env.DEBUG_ALL, env.isProduction, Object.keys(env).sort()];
