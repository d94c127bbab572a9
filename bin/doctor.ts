import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHost } from '../lib/index.ts'

/** Prints what this machine can and cannot do. Opens a host of its own, in memory: a server that runs is not touched. */
export async function doctor(): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'lxworks-doctor-'))
  try {
    await using host = await createHost({ root, state: 'memory' })
    const findings = await host.doctor()
    for (const { part, available, detail, remedy } of findings) {
      process.stdout.write(`${available ? 'ok     ' : 'MISSING'} ${part}: ${detail}\n`)
      if (remedy !== undefined) process.stdout.write(`        ${remedy}\n`)
    }
    return findings.every(({ available }) => available) ? 0 : 1
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
