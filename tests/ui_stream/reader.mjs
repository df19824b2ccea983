// Reads UI message streams with the AI SDK's own code. One JSON object a line on stdin asks, one on
// stdout answers:
//   {version, body}                  the body of a response, given to a chat as if it came by HTTP
//   {version, api, say, stopAt?}     a chat that posts each text of `say` to an address, in turn, and
//                                    is stopped once its answer contains `stopAt`
//   {version, headers}               the headers with which the SDK's server sends a stream
import { createInterface } from 'node:readline';
import * as ai5 from 'ai-5';
import * as ai6 from 'ai-6';
import * as ai7 from 'ai-7';

const VERSIONS = { 5: ai5, 6: ai6, 7: ai7 };

// What a page keeps of a chat: useChat does the same with React's state.
class PageState {
  status = 'ready';
  error = undefined;
  messages = [];
  onChange = () => {};

  pushMessage(message) {
    this.messages = [...this.messages, structuredClone(message)];
    this.onChange(message);
  }

  popMessage() {
    this.messages = this.messages.slice(0, -1);
  }

  replaceMessage(index, message) {
    this.messages = this.messages.with(index, structuredClone(message));
    this.onChange(message);
  }

  snapshot(value) {
    return structuredClone(value);
  }
}

function newChat(ai, fetch, api) {
  const seen = { chunks: [], data: [], finished: [] };
  class Chat extends ai.AbstractChat {}
  // The chunks are noted behind the reader's own check of each.
  class Transport extends ai.DefaultChatTransport {
    processResponseStream(stream) {
      const note = new TransformStream({
        transform(chunk, controller) {
          seen.chunks.push(chunk);
          controller.enqueue(chunk);
        },
      });
      return super.processResponseStream(stream).pipeThrough(note);
    }
  }
  const state = new PageState();
  let ids = 0;
  const chat = new Chat({
    id: 'chat',
    generateId: () => `page-${++ids}`,
    state,
    transport: new Transport({ api, fetch }),
    onData: part => seen.data.push(part),
    onFinish: ({ message, messages, ...how }) => seen.finished.push(how),
  });
  return { chat, state, seen };
}

function outcome({ chat, seen }) {
  return { ...seen, status: chat.status, error: chat.error?.message ?? null, messages: chat.messages };
}

// The message as readUIMessageStream builds it from the same chunks.
async function assembled(ai, chunks) {
  let last = null;
  const stream = ReadableStream.from(structuredClone(chunks));
  for await (const message of ai.readUIMessageStream({ stream, onError: () => {} })) last = message;
  return last;
}

async function readBody(ai, body) {
  const headers = { 'content-type': 'text/event-stream' };
  const one = newChat(ai, async () => new Response(body, { headers }));
  await one.chat.sendMessage({ text: 'Hello' });
  return { ...outcome(one), assembled: await assembled(ai, one.seen.chunks) };
}

async function converse(ai, { api, say, stopAt }) {
  const one = newChat(ai, undefined, api);
  one.state.onChange = message => {
    const text = message.parts.map(part => part.text ?? '').join('');
    if (message.role === 'assistant' && stopAt && text.includes(stopAt)) one.chat.stop();
  };
  for (const text of say) await one.chat.sendMessage({ text });
  return outcome(one);
}

async function answer({ version, body, headers, ...chat }) {
  const ai = VERSIONS[version];
  if (headers) return ai.UI_MESSAGE_STREAM_HEADERS;
  return body === undefined ? converse(ai, chat) : readBody(ai, body);
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
