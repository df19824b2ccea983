// A Mastra agent over databases and queues that are made when the program starts: redis, mongo, S3, jobs.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { Queue } from "bullmq";
import Redis from "ioredis";
import { LRUCache } from "lru-cache";
import { MongoClient, ObjectId } from "mongodb";
import PQueue from "p-queue";
import pRetry from "p-retry";
import { z } from "zod";

const redis = new Redis("redis://127.0.0.1:1", { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
redis.on("error", () => {});
const mongo = new MongoClient("mongodb://127.0.0.1:1/db", { serverSelectionTimeoutMS: 50 });
const queue = new Queue("jobs", { connection: redis as any, skipWaitingForReady: true } as any);
queue.on("error", () => {});
const s3 = new S3Client({
  region: "eu-central-1", endpoint: `${process.env.API_URL}/stores`, forcePathStyle: true,
  credentials: { accessKeyId: "id", secretAccessKey: "key" }, signer: { sign: async (request: any) => request },
});
const cache = new LRUCache<string, number>({ max: 2 });

const object = createTool({
  id: "object",
  description: "Puts an object, and gets it",
  inputSchema: z.object({ key: z.string(), text: z.string() }),
  execute: async ({ key, text }) => {
    const put = await s3.send(new PutObjectCommand({ Bucket: "b", Key: key, Body: text, ContentType: "text/plain" }));
    const got = await s3.send(new GetObjectCommand({ Bucket: "b", Key: key }));
    return { put: put.$metadata.httpStatusCode, path: JSON.parse(await got.Body!.transformToString()).path };
  },
});
const away = createTool({
  id: "away",
  description: "Asks databases that are away",
  inputSchema: z.object({}),
  execute: async () => {
    const told = (error: any) => error.name;
    return { redis: await redis.get("a").catch(told), mongo: await mongo.db().collection("c").findOne().catch(told) };
  },
});
const local = createTool({
  id: "local",
  description: "Works in memory",
  inputSchema: z.object({ jobs: z.array(z.number()) }),
  execute: async ({ jobs }) => {
    const lanes = new PQueue({ concurrency: 2 });
    const results = await Promise.all(jobs.map((job) => lanes.add(async () => (cache.set(`j${job}`, job), job * 2))));
    let tries = 0;
    const tried = await pRetry(async () => { if (++tries < 3) throw new Error("again"); return tries; }, { minTimeout: 1 });
    return { results, kept: [...cache.keys()], tried, id: new ObjectId("656d1a3f0000000000000000").getTimestamp() };
  },
});

export const agent = new Agent({
  id: "stores", name: "Stores", instructions: "You keep things.", model: "openai/gpt-5-mini", tools: { object, away, local },
});
