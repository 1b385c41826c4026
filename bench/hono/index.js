// A typed API in the common style of Hono apps: createRoute defines routes, and zod schemas validate requests and
// define the OpenAPI document. `index.js` uses the D1 binding, and `drizzle.js` uses drizzle.

import { app } from "./app.js";
import { itemRoutes } from "./items.js";
import * as store from "./d1.js";

export default itemRoutes(app(), store);
