import { once } from "node:events";
import { createServer } from "node:net";

/** Returns a free port to listen on, because some hosts do not report a port that they have chosen. */
export async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}
