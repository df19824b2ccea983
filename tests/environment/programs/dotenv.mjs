import "dotenv/config";
import { parse } from "dotenv";
const { API_KEY, MISSING } = process.env;
export const call = () => [API_KEY ?? null, MISSING ?? null, parse("A=1\nB='x y'")];
