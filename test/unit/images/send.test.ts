import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Progress } from '../../../lib/core/cancel.ts'
import { boundaryOf, multipart } from '../../../lib/core/multipart.ts'
import type { ImageType } from '../../../lib/images/contract.ts'
import type { Answer, Ask, Asking } from '../../../lib/images/sources/http.ts'
import { send } from '../../../lib/images/sources/lxd/send.ts'
import { LxdServer } from '../../../lib/images/sources/lxd/server.ts'
import { unreachable } from '../../../lib/images/sources/refusals.ts'
import { type ImagesWorld, imagesWorld } from './world.ts'

const fingerprint = 'ab'.repeat(32)
const id = randomUUID()
const WAIT = `/1.0/operations/${id}/wait`

let world: ImagesWorld
let paths: readonly string[]
let asked: (Omit<Asking, 'body'> & { readonly url: URL; readonly body?: Buffer })[]
/** What is said about the operation, in turn; the last thing for ever. */
let turns: { readonly status_code: number; readonly err?: string }[]
let upload: { readonly status?: number; readonly json: unknown; readonly error?: string }

beforeEach(async () => {
  world = await imagesWorld()
  asked = []
  turns = [{ status_code: 200 }]
  upload = { status: 202, json: { id, status_code: 103, metadata: { secret: 's&t' } } }
})

afterEach(() => world[Symbol.asyncDispose]())

const ask: Ask = async (url, { body, ...asking } = {}) => {
  asked.push({ ...asking, url, ...(body && { body: await buffer(body) }) })
  if (url.pathname !== WAIT) return answer(url, upload)
  const [now] = turns.length > 1 ? turns.splice(0, 1) : turns
  return answer(url, { json: { id, ...now } })
}

function answer(url: URL, { status = 200, json, error = '' }: Partial<typeof upload>): Answer {
  const text = JSON.stringify({ type: 'sync', metadata: json ?? null, error })
  return {
    ...{ status, headers: {}, url },
    body: Readable.from([Buffer.from(text)], { objectMode: false }),
  }
}

async function sent({
  contents = ['whole'],
  type = 'container' as ImageType,
  profiles = undefined as readonly string[] | undefined,
  by = ask,
  signal = undefined as AbortSignal | undefined,
} = {}): Promise<readonly Progress[]> {
  const told: Progress[] = []
  const names = ['meta.tar', 'root.squashfs']
  paths = await Promise.all(contents.map((text, index) => world.file(names[index] ?? '', text)))
  const files = paths.map((path, index) => ({ name: names[index] ?? '', path }))
  const target = { server: 'https://elsewhere:8443', certificate: 'PEM', project: 'p q' }
  await send(
    {
      server: new LxdServer(by, target),
      ...{ image: { fingerprint, type }, files, secret: 'agreed' },
      ...(profiles && { profiles }),
    },
    { signal, progress: (one) => told.push(one) },
  )
  return told
}

describe('an image that is sent to another server', () => {
  it('goes as one file, with the secret, to the project there', async () => {
    const told = await sent({ profiles: ['a b', 'c'] })
    const [first, second] = asked
    expect(first).toMatchObject({ method: 'POST', certificate: 'PEM', body: Buffer.from('whole') })
    expect(first?.url.href).toBe('https://elsewhere:8443/1.0/images?project=p+q')
    expect(first?.headers).toEqual({
      'Content-Type': 'application/octet-stream',
      'Content-Length': '5',
      'X-LXD-fingerprint': fingerprint,
      'X-LXD-secret': 'agreed',
      'X-LXD-filename': 'meta.tar',
      'X-LXD-profiles': 'profile=a+b&profile=c',
    })
    expect([second?.url.pathname, second?.url.searchParams.get('secret')]).toEqual([WAIT, 's&t'])
    expect(told).toContainEqual({ step: 'upload', doneBytes: 5, totalBytes: 5 })
  })

  it.each([
    ['container', 'rootfs'],
    ['virtual-machine', 'rootfs.img'],
  ] as const)('goes as two parts when it is split: of a %s, %s', async (type, second) => {
    await sent({ contents: ['meta', 'root'], type })
    const [{ headers = {}, body = Buffer.alloc(0) } = {}] = asked
    expect(Number(headers['Content-Length'])).toBe(body.length)
    const boundary = boundaryOf(headers['Content-Type']) ?? ''
    const parts: unknown[] = []
    for await (const { name, filename, content } of multipart(Readable.from([body]), boundary))
      parts.push([name, filename, String(await buffer(content))])
    expect(parts).toEqual([
      ['metadata', 'meta.tar', 'meta'],
      [second, 'root.squashfs', 'root'],
    ])
  })

  it('is waited for until it is stored there', async () => {
    turns = [{ status_code: 103 }, { status_code: 200 }]
    await sent()
    expect(asked.map(({ url }) => url.pathname)).toEqual(['/1.0/images', WAIT, WAIT])
  })

  it('is whole even when it is deleted here meanwhile', async () => {
    const deleting: Ask = async (url, asking) => {
      for (const path of paths) await rm(path, { force: true })
      return ask(url, asking)
    }
    await sent({ by: deleting, contents: ['meta', 'root'] })
    expect(String(asked[0]?.body)).toMatch(/meta\r\n--[\s\S]*root\r\n--/)
  })
})

describe('a server that an image is sent to', () => {
  it('refuses in its own words', async () => {
    upload = { status: 403, json: null, error: 'not authorized' }
    await expect(sent()).rejects.toMatchObject({
      ...{ kind: 'denied', code: 'IMAGE_SERVER_REFUSED' },
      message: expect.stringContaining('not authorized'),
    })
  })

  it('that does not keep it says why', async () => {
    turns = [{ status_code: 400, err: 'Image with same fingerprint already exists' }]
    await expect(sent()).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'IMAGE_NOT_STORED_THERE' },
      message: expect.stringContaining('already exists'),
    })
  })

  it.each([
    ['no operation', { json: { id: '../../instances', status_code: 103 } }],
    ['no metadata', { json: null }],
    ['a secret that is none', { json: { id, status_code: 103, metadata: { secret: 7 } } }],
  ])('that answers with %s is not gone on with', async (_, said) => {
    upload = said
    await expect(sent()).rejects.toMatchObject({ code: 'IMAGE_SERVER_BAD_ANSWER' })
    expect(asked.length).toBe(1)
  })

  it('that is lost in the middle leaves a secret that is used up', async () => {
    const broken: Ask = async (url) => {
      throw unreachable(url.href, 'socket hang up')
    }
    await expect(sent({ by: broken })).rejects.toMatchObject({
      ...{ kind: 'unavailable', code: 'IMAGE_SENDING_BROKE_OFF' },
      message: expect.stringContaining('new secret'),
    })
  })

  it('is waited for no longer when the caller gives up', async () => {
    turns = [{ status_code: 103 }]
    const giveUp = new AbortController()
    const slow: Ask = async (url, asking) => {
      if (url.pathname === WAIT) giveUp.abort()
      return ask(url, asking)
    }
    await expect(sent({ by: slow, signal: giveUp.signal })).rejects.toMatchObject({
      kind: 'cancelled',
    })
  })
})
