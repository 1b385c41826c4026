// Runs the statements through the D1 binding.

const COLUMNS = "id, sku, name, cents, weight, active, tags, version";

const read = (row) => row && { ...row, active: row.active === 1, tags: JSON.parse(row.tags) };

export async function get(db, id) {
  return read(await db.prepare(`select ${COLUMNS} from items where id = ?1`).bind(id).first());
}

export async function list(db, after) {
  const select = `select ${COLUMNS} from items where id > ?1 order by id limit 50`;
  const { results } = await db.prepare(select).bind(after).all();
  return results.map(read);
}

export async function create(db, { sku, name, cents, weight, active, tags }) {
  const insert = `insert into items (sku, name, cents, weight, active, tags)
    values (?1, ?2, ?3, ?4, ?5, ?6) returning ${COLUMNS}`;
  const values = [sku, name, cents, weight, active ? 1 : 0, JSON.stringify(tags)];
  return read(await db.prepare(insert).bind(...values).first());
}

export async function update(db, id, { name, cents, version }) {
  const update = `update items set name = ?1, cents = ?2, version = version + 1
    where id = ?3 and version = ?4 returning ${COLUMNS}`;
  return read(await db.prepare(update).bind(name, cents, id, version).first());
}
