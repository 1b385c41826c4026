// The same API as in `index.js`, with drizzle instead of direct calls of the D1 binding.

import { app } from "./app.js";
import { itemRoutes } from "./items.js";
import * as store from "./drizzle-store.js";

export default itemRoutes(app(), store);
