import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { createSecurity } from '../../../lib/security/security.ts'
import type { Database } from '../../../lib/state/contract.ts'
import { openDatabase } from '../../../lib/state/open.ts'

let database: Database

beforeEach(async () => {
  database = await openDatabase({ kind: 'memory' })
})

afterEach(() => database.close())

const shadow = {
  '/etc/subuid': 'root:1000000:1000000\n',
  '/etc/subgid': 'root:1000000:1000000\n',
  '/usr/bin/newuidmap': '',
  '/usr/bin/newgidmap': '',
}

const facts = (
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) => createSecurity({ database, files: new FakeFiles(files), env }).facts()

describe('the facts of security', () => {
  it('tell the range of the host and what root may map', async () => {
    const range = { base: 1_000_000, count: 1_000_000 }
    expect(await facts(shadow)).toMatchObject({ range, allowed: { uid: [range], gid: [range] } })
  })

  it('look for the programs in PATH', async () => {
    const found = await facts(shadow, { PATH: '/opt/bin' })
    expect(found.range).toBeUndefined()
    expect(found.rangeMissing).toContain('newuidmap')
  })

  it('tell whether the kernel filters system calls and whether privileged containers are forbidden', async () => {
    const actions = { '/proc/sys/kernel/seccomp/actions_avail': 'kill_process' }
    expect(await facts(actions, { LXD_UNPRIVILEGED_ONLY: 'true' })).toMatchObject({
      seccomp: true,
      unprivilegedOnly: true,
    })
    expect(await facts({}, { LXD_UNPRIVILEGED_ONLY: 'nonsense' })).toMatchObject({
      seccomp: false,
      unprivilegedOnly: false,
    })
  })

  it('tell the ranges of isolated instances and not the shared one', async () => {
    await database.run("INSERT INTO projects (id, name, description) VALUES (2, 'dev', '')")
    await instance(1, [1, 'shared'], map(1_000_000, 1_000_000))
    await instance(2, [1, 'own'], map(1_065_536, 65_536))
    await instance(3, [2, 'own'], map(1_131_072, 65_536))
    await instance(4, [2, 'broken'], 'nonsense')
    expect((await facts(shadow)).taken).toEqual([
      { base: 1_065_536, count: 65_536, instance: 'own' },
      { base: 1_131_072, count: 65_536, instance: 'dev_own' },
    ])
  })
})

async function instance(
  id: number,
  [project, name]: readonly [number, string],
  idmap: string,
): Promise<void> {
  await database.run(
    'INSERT INTO instances (id, node_id, name, architecture, type, project_id) VALUES (?, 1, ?, 2, 0, ?)',
    [id, name, project],
  )
  await database.run(
    "INSERT INTO instances_config (instance_id, key, value) VALUES (?, 'volatile.idmap.next', ?)",
    [id, idmap],
  )
}

function map(base: number, count: number): string {
  return JSON.stringify([{ Isuid: true, Isgid: true, Hostid: base, Nsid: 0, Maprange: count }])
}
