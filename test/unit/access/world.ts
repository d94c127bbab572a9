import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Access } from '../../../lib/access/contract.ts'
import { makeCertificate } from '../../../lib/access/make-certificate.ts'
import { createAccess } from '../../../lib/access/room.ts'
import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { FakeClock } from '../../../lib/core/fakes/clock.ts'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import { instanceChecks } from '../../../lib/instances/keys/checks.ts'
import type { Projects } from '../../../lib/projects/contract.ts'
import { createProjects } from '../../../lib/projects/room.ts'
import type { ServerSettings } from '../../../lib/server/contract.ts'
import { createServer } from '../../../lib/server/room.ts'
import type { Database } from '../../../lib/state/contract.ts'
import { openDatabase } from '../../../lib/state/open.ts'

export interface World {
  readonly access: Access
  readonly settings: ServerSettings
  readonly projects: Projects
  readonly database: Database
  readonly files: FakeFiles
  readonly clock: FakeClock
  readonly told: HostEvent[]
}

/** The room of access beside the real rooms it asks, over a database and files in memory. `root` is `/r`. */
export async function openWorld(): Promise<World> {
  const database = await openDatabase({ kind: 'memory' })
  const files = new FakeFiles({ '/r/kept': '' })
  const clock = new FakeClock(new Date())
  const events = new EventBus()
  const told: HostEvent[] = []
  events.subscribe((event) => told.push(event))
  const ground = { database, events, locks: new KeyedLocks(), files, clock, root: '/r' }
  const projects = createProjects({ ...ground, checks: instanceChecks })
  const { settings } = createServer(ground)
  const access = createAccess({ ...{ root: '/r', database, settings, projects, ground } })
  return { access, settings, projects, database, files, clock, told }
}

export interface Pair {
  readonly pem: string
  readonly der: Buffer
  readonly key: KeyObject
}

interface Wanted {
  readonly days?: number
  readonly purpose?: 'client' | 'authority'
  readonly issuer?: { readonly commonName: string; readonly key: KeyObject }
}

const DAY_MS = 86_400_000

/** A key and its certificate, by itself or by an authority. */
export function pair(commonName: string, { days = 30, purpose = 'client', issuer }: Wanted = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const pem = makeCertificate({
    ...{ commonName, publicKey, purpose, hosts: [], organization: 'test' },
    notBefore: new Date(Date.now() - 2 * DAY_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    issuer: issuer ?? { commonName, key: privateKey },
  })
  const der = Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64')
  return { pem, der, key: privateKey } satisfies Pair
}
