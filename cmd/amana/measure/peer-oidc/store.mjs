// A durable store for the peer, on SQLite or PostgreSQL. What is written while a
// commit is under way shares the next one, and nobody is answered before the
// commit that holds their rows: what our journal does, and the best that can be
// done for a single thread.
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

const schema = [
  'create table if not exists models (id text primary key, grant_id text, uid text, payload text not null, consumed bigint, expires_at bigint not null)',
  'create index if not exists models_grant on models (grant_id) where grant_id is not null',
  'create index if not exists models_uid on models (uid) where uid is not null',
  'create table if not exists citizens (id text primary key, number text unique not null, code text, credential text unique, passkey text, attributes text not null)',
  'create table if not exists sessions (token text primary key, citizen text not null, challenge text)',
]

// sqlite opens a file with a write-ahead log and every commit synced.
function sqlite(path) {
  const db = new DatabaseSync(path)
  for (const p of ['journal_mode = wal', 'synchronous = full', 'cache_size = -65536', 'temp_store = memory']) db.exec(`pragma ${p}`)
  for (const s of schema) db.exec(s)
  const prepared = new Map()
  const statement = (text) => {
    if (!prepared.has(text)) prepared.set(text, db.prepare(text.replace(/\$(\d+)/g, '?$1')))
    return prepared.get(text)
  }
  return {
    close: async () => db.close(),
    one: async (text, args) => statement(text).get(...args),
    together: async (all) => {
      db.exec('begin immediate')
      try {
        const counts = all.map(([text, args]) => Number(statement(text).run(...args).changes))
        db.exec('commit')
        return counts
      } catch (e) {
        db.exec('rollback')
        throw e
      }
    },
  }
}

// postgres opens a pool; the statements of a commit go out without waiting for
// one another.
async function postgres(address) {
  const pool = new pg.Pool({ connectionString: address, max: 8, options: '-c search_path=peer_oidc' })
  await pool.query('drop schema if exists peer_oidc cascade') // of a run that was stopped
  await pool.query('create schema peer_oidc')
  for (const s of schema) await pool.query(s)
  const named = new Map()
  const query = (c, text, values) => {
    if (!named.has(text)) named.set(text, `s${named.size}`)
    return c.query({ name: named.get(text), text, values })
  }
  return {
    close: () => pool.query('drop schema peer_oidc cascade'),
    one: async (text, args) => (await query(pool, text, args)).rows[0],
    together: async (all) => {
      const c = await pool.connect()
      try {
        const results = await Promise.all([c.query('begin'), ...all.map(([text, args]) => query(c, text, args)), c.query('commit')])
        return results.slice(1, -1).map((r) => r.rowCount)
      } finally {
        c.release()
      }
    },
  }
}

// open gives a store: one(text, args) reads a row, write(text, args) gives how
// many rows changed once they are on the disk.
export async function open(address) {
  const db = address.startsWith('postgres') ? await postgres(address) : sqlite(address)
  let waiting = [], busy = false
  const flush = async () => {
    busy = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const counts = await db.together(batch.map((w) => w.statement))
        batch.forEach((w, i) => w.resolve(counts[i]))
      } catch (e) {
        batch.forEach((w) => w.reject(e))
      }
      await new Promise(setImmediate) // whoever is at work may join the next
    }
    busy = false
  }
  const write = (text, ...args) => new Promise((resolve, reject) => {
    waiting.push({ statement: [text, args], resolve, reject })
    if (!busy) {
      busy = true
      setImmediate(flush)
    }
  })
  return { one: (text, ...args) => db.one(text, args), write, close: db.close }
}

const now = () => Math.floor(Date.now() / 1000)

// adapter keeps the models of oidc-provider.
export function adapter(store) {
  const read = async (where, key) => {
    const row = await store.one(`select payload, consumed from models where ${where} = $1 and expires_at > $2`, key, now())
    return row && { ...JSON.parse(row.payload), ...(row.consumed ? { consumed: Number(row.consumed) } : {}) }
  }
  return class {
    constructor(model) { this.model = model }

    id(id) { return `${this.model}:${id}` }

    async upsert(id, payload, life) {
      await store.write(
        'insert into models (id, grant_id, uid, payload, expires_at) values ($1, $2, $3, $4, $5) on conflict (id) do update set grant_id = excluded.grant_id, uid = excluded.uid, payload = excluded.payload, expires_at = excluded.expires_at',
        this.id(id), payload.grantId ?? null, payload.uid && this.model === 'Session' ? payload.uid : null, JSON.stringify(payload), now() + (life ?? 1e9))
    }

    async find(id) { return read('id', this.id(id)) }

    async findByUid(uid) { return read('uid', uid) }

    async findByUserCode() { return undefined }

    async consume(id) { await store.write('update models set consumed = $1 where id = $2', now(), this.id(id)) }

    async destroy(id) { await store.write('delete from models where id = $1', this.id(id)) }

    async revokeByGrantId(grant) { await store.write('delete from models where grant_id = $1', grant) }
  }
}
