// The same API with drizzle.

import { app } from "./app.js";
import { itemRoutes } from "./items.js";
import * as store from "./drizzle-store.js";

export default itemRoutes(app(), store);
