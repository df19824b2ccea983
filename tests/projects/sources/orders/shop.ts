import axios, { AxiosError } from "axios";
import { logger } from "./logger";

const shop = axios.create({
  baseURL: `${process.env.API_URL}/orders`,
  timeout: 5000,
  headers: { "x-key": process.env.API_KEY ?? "" },
});
shop.interceptors.response.use(undefined, (error: AxiosError) => {
  logger.error("the shop failed", { code: error.code });
  throw error;
});

export async function find(id: string) {
  const { data, status } = await shop.get(`/one/${id}`, { params: { fields: ["id", "total"], q: "a b" } });
  logger.info("found", { id });
  return { status, data };
}

export async function create(items: string[]) {
  const { data } = await shop.post("/new", { items }, { maxRedirects: 0 });
  return data;
}

export async function failing(status: number) {
  try {
    await shop.get(`/status/${status}`);
    return { ok: true };
  } catch (error) {
    if (!axios.isAxiosError(error)) throw error;
    return { name: error.name, code: error.code, message: error.message, data: error.response?.data };
  }
}
