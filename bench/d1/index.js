// The service behind the D1 bindings of the benchmark. It speaks the protocol of workerd's D1 binding, and runs the
// statements in a Durable Object with SQLite, as D1 does. The service has its own process, so that the measured CPU
// time does not include D1: Cloudflare does not bill the CPU time of D1 to a Worker.

import { DurableObject } from "cloudflare:workers";

export default {
  fetch(request, env) {
    return env.DATABASE.get(env.DATABASE.idFromName("bench")).fetch(request);
  },
};

export class Database extends DurableObject {
  /** What the calls have cost since the start. */
  #counts = { trips: 0, statements: 0, read: 0, written: 0 };

  /** Runs the statements of one call in one transaction. `GET /counts` returns the counts. */
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/counts") return Response.json(this.#counts);
    const queries = [await request.json()].flat();
    const asRows = searchParams.get("resultsFormat") === "ROWS_AND_COLUMNS";
    this.#counts.trips += 1;
    this.#counts.statements += queries.length;
    try {
      const run = () => queries.map((query) => this.#run(query, asRows));
      return Response.json(this.ctx.storage.transactionSync(run));
    } catch (error) {
      return Response.json({ success: false, error: error.message });
    }
  }

  #run({ sql, params }, asRows) {
    const changesBefore = this.#totalChanges();
    const cursor = this.ctx.storage.sql.exec(sql, ...(params ?? []).map(fromJson));
    const results = asRows ? { columns: cursor.columnNames, rows: [...cursor.raw()] } : cursor.toArray();
    // SQLite counts each read and each write of a row or of an index entry. D1 returns and bills these counts.
    const { rowsRead, rowsWritten } = cursor;
    this.#counts.read += rowsRead;
    this.#counts.written += rowsWritten;
    const changes = this.#totalChanges() - changesBefore;
    const meta = { duration: 0, changes, last_row_id: 0, changed_db: changes > 0, size_after: 0, rows_read: rowsRead, rows_written: rowsWritten };
    return { success: true, results, meta };
  }

  #totalChanges() {
    return this.ctx.storage.sql.exec("select total_changes() as total").one().total;
  }
}

/** In the protocol, a blob is an array of bytes. */
function fromJson(value) {
  return Array.isArray(value) ? new Uint8Array(value) : value;
}
