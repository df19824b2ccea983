// Mail and sockets, up to what would go out.
import nodemailer from "nodemailer";
import { WebSocketServer, WebSocket } from "ws";

const server = new WebSocketServer({ noServer: true });

export async function run() {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  const sent = await transport.sendMail({ from: "a@b.c", to: "d@e.f", subject: "héllo", text: "text", date: new Date(0), messageId: "<1@x>" });
  return [sent.envelope, sent.message.toString().split("\n").filter((line) => /^(Subject|To|text)/.test(line)), server.clients.size, WebSocket.OPEN];
}
