import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLxworksError } from '../../../lib/core/errors.ts'
import type { Ask } from '../../../lib/images/sources/http.ts'
import { lxdSource } from '../../../lib/images/sources/lxd/find.ts'
import { send } from '../../../lib/images/sources/lxd/send.ts'
import { LxdServer } from '../../../lib/images/sources/lxd/server.ts'
import { parseChallenge } from '../../../lib/images/sources/oci/challenge.ts'
import { simplestreams } from '../../../lib/images/sources/simplestreams/index.ts'

const FINGERPRINT = 'ab'.repeat(32)
const SERVER = 'https://elsewhere:8443'

/** Every request is answered with the next of these, and with the last for ever. */
function saying(...bodies: readonly (string | Buffer)[]): Ask {
  const left = [...bodies]
  return async (url) => {
    const [body = ''] = left.length > 1 ? left.splice(0, 1) : left
    const bytes = Buffer.from(body)
    const answer = Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false })
    return { status: 200, url, headers: {}, body: answer }
  }
}

async function outcome(work: Promise<unknown>): Promise<unknown> {
  const found = await work.catch((error: unknown) => error)
  if (found instanceof Error && !isLxworksError(found)) throw found
  return found
}

const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(FINGERPRINT, 'container', -1, 1e308, '2026-01-01T00:00:00Z', '\0', {}),
)

/** Words of a document with values that may be any. */
function document(...keys: readonly string[]): fc.Arbitrary<unknown> {
  const record = Object.fromEntries(keys.map((key) => [key, anything]))
  return fc.oneof(
    { weight: 5, arbitrary: fc.record(record, { requiredKeys: [] }) },
    anything as never,
  )
}

const wrapped = (metadata: unknown): string => JSON.stringify({ type: 'sync', metadata, error: '' })

describe('what another server answers may be anything: it is used, or refused by name', () => {
  it('of an LXD server, of an image', async () => {
    const image = document(
      ...['fingerprint', 'type', 'architecture', 'filename', 'public', 'size', 'properties'],
      ...['aliases', 'profiles', 'created_at', 'expires_at'],
    )
    await fc.assert(
      fc.asyncProperty(image, async (found) => {
        const query = { protocol: 'lxd', server: SERVER, type: 'container' } as const
        const wanted = { ...query, architecture: 'x86_64', fingerprint: FINGERPRINT }
        const told = await outcome(lxdSource(saying(wrapped(found))).find(wanted, {}))
        if (!isLxworksError(told)) expect(told).toMatchObject({ fingerprint: FINGERPRINT })
      }),
    )
  })

  it('of an LXD server, of an alias, and in place of JSON', async () => {
    const body = fc.oneof(
      document('target', 'name', 'type').map(wrapped),
      fc.string({ unit: 'binary' }),
      anything.map((value) => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const query = { protocol: 'lxd', server: SERVER, type: 'container' } as const
        const wanted = { ...query, architecture: 'x86_64', alias: 'a' }
        expect(isLxworksError(await outcome(lxdSource(saying(text)).find(wanted, {})))).toBe(true)
      }),
    )
  })

  it('of an LXD server, of what it does with an image', async () => {
    const id = randomUUID()
    const operation = document('id', 'status_code', 'err', 'metadata').map(wrapped)
    const first = fc.oneof(operation, fc.constant(wrapped({ id, status_code: 103 })))
    const image = { fingerprint: FINGERPRINT, type: 'container' } as const
    await fc.assert(
      fc.asyncProperty(first, operation, async (begun, ended) => {
        // What goes on for ever is for whoever waits to give up.
        const last = wrapped({ id, status_code: 400 })
        const server = new LxdServer(saying(begun, ended, last), { server: SERVER })
        await outcome(send({ server, image, files: [], secret: 's' }, {}))
      }),
      { numRuns: 50 },
    )
  })

  it('of a simplestreams server, in its index and its list of products', async () => {
    const stream = document('datatype', 'format', 'path', 'products')
    const known = fc.constant({ datatype: 'image-downloads', path: 'streams/v1/images.json' })
    const index = fc.oneof(
      fc.record({ index: fc.dictionary(fc.string(), fc.oneof(stream, known)) }),
      document('index'),
    )
    const text = fc.oneof(
      index.map((value) => JSON.stringify(value)),
      fc.string({ unit: 'binary' }),
    )
    await fc.assert(
      fc.asyncProperty(text, text, async (first, second) => {
        const query = { protocol: 'simplestreams', server: SERVER, type: 'container' } as const
        const wanted = { ...query, architecture: 'x86_64', alias: 'a' }
        const told = await outcome(simplestreams({ ask: saying(first, second) }).find(wanted, {}))
        expect(isLxworksError(told)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('of a registry, when it wants to know who asks', () => {
    const piece = fc.constantFrom(
      ...['Bearer ', 'Basic ', 'realm=', 'service=', '"', ',', ' ', '=', 'https://', 'http://'],
      ...['127.0.0.1', 'elsewhere', '@', ':', '/', '\\', '%', 'x', '\u0000'],
    )
    const header = fc.array(piece, { maxLength: 30 }).map((all) => all.join(''))
    const registry = new URL(SERVER)
    fc.assert(
      fc.property(header, (text) => {
        const found = parseChallenge(text, registry)
        if (found?.scheme === 'bearer') expect(found.realm.protocol).toBe('https:')
      }),
      { numRuns: 1_000 },
    )
  })
})
