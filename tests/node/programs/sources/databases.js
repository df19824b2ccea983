// Clients of databases, made while the module loads and never connected.
import mysql from "mysql2/promise";
import pg from "pg";
import { createClient } from "redis";

const pool = new pg.Pool({ connectionString: "postgres://u:p@127.0.0.1:1/x", max: 1 });
const other = mysql.createPool({ host: "127.0.0.1", port: 1, user: "u" });
const redis = createClient({ url: "redis://127.0.0.1:1" });
redis.on("error", () => {});

export const run = async () => [pool.totalCount, pg.escapeLiteral("it's"), mysql.format("select ? from ??", [1, "t"]), typeof other.query, redis.isOpen, pg.types.getTypeParser(23)("5")];
