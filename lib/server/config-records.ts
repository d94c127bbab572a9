import type { RawConfig } from '../core/config.ts'
import type { Database } from '../state/contract.ts'

/** The table `config`. */
export class ConfigRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async all(): Promise<RawConfig> {
    const rows = await this.#database.query('SELECT key, value FROM config ORDER BY key')
    return Object.fromEntries(rows.map(({ key, value }) => [String(key), String(value ?? '')]))
  }

  async replace(config: RawConfig): Promise<void> {
    await this.#database.transaction(async (inside) => {
      await inside.run('DELETE FROM config')
      for (const [key, value] of Object.entries(config))
        await inside.run('INSERT INTO config (key, value) VALUES (?, ?)', [key, value])
    })
  }
}
