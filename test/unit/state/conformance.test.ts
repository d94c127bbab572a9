import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import type { Database } from '../../../lib/state/contract.ts'
import { libraries } from '../../../lib/state/library.ts'
import { openDatabase } from '../../../lib/state/open.ts'
import { databaseRules } from '../../conformance/database.ts'

for (const library of libraries()) {
  describe(`database conformance: memory on ${library}`, () => {
    for (const rule of databaseRules) {
      it(rule.name, () => check(rule.run, () => openDatabase({ kind: 'memory', library })))
    }
  })
  describe(`database conformance: sqlite file on ${library}`, () => {
    for (const rule of databaseRules) {
      it(rule.name, async () => {
        const directory = await mkdtemp(join(tmpdir(), 'lxworks-state-'))
        const path = join(directory, 'global', 'db.bin')
        try {
          await check(rule.run, () => openDatabase({ kind: 'sqlite', path, library }))
        } finally {
          await rm(directory, { recursive: true })
        }
      })
    }
  })
}

async function check(
  run: (database: Database) => Promise<void>,
  open: () => Promise<Database>,
): Promise<void> {
  const database = await open()
  try {
    await run(database)
  } finally {
    await database.close()
  }
}
