// The service behind the D1 bindings of the benchmark. It speaks the protocol of workerd's D1 binding, and runs the
// statements in a Durable Object with SQLite, as D1 does. It has its own process, because Cloudflare does not bill the
// CPU time of D1 to a Worker.

import { DurableObject } from "cloudflare:workers";

export default {
  fetch(request, env) {
    return env.DATABASE.get(env.DATABASE.idFromName("bench")).fetch(request);
  },
};

export class Database extends DurableObject {
  /** Runs the statements in one transaction. */
  async fetch(request) {
    const queries = [await request.json()].flat();
    const asRows = new URL(request.url).searchParams.get("resultsFormat") === "ROWS_AND_COLUMNS";
    try {
      const run = () => queries.map((query) => this.#run(query, asRows));
      return Response.json(this.ctx.storage.transactionSync(run));
    } catch (error) {
      return Response.json({ success: false, error: error.message });
    }
  }

  #run({ sql, params }, asRows) {
    const cursor = this.ctx.storage.sql.exec(sql, ...(params ?? []));
    const results = asRows ? { columns: cursor.columnNames, rows: [...cursor.raw()] } : cursor.toArray();
    const meta = { duration: 0, changes: 0, last_row_id: 0, changed_db: false, size_after: 0, rows_read: 0, rows_written: 0 };
    return { success: true, results, meta };
  }
}
