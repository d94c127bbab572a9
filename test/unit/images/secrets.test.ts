import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ExpectedImage, ImageRecord, ImageSecret } from '../../../lib/images/index.ts'
import { type ImagesWorld, imagesWorld } from './world.ts'

const NOT_OPEN = { kind: 'notFound', code: 'IMAGE_NOT_OPEN' }
const MINUTE_MS = 60_000

let world: ImagesWorld
let hidden: ImageRecord
let shown: ImageRecord

beforeEach(async () => {
  world = await imagesWorld()
  const path = await world.image('hidden.tar', { a: '1' })
  hidden = await world.images.import({ project: 'default', path, aliases: [{ name: 'hidden' }] })
  const other = await world.image('shown.tar', { a: '2' })
  const aliases = [{ name: 'shown' }]
  shown = await world.images.import({ project: 'default', path: other, public: true, aliases })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(async () => {
  vi.useRealTimers()
  await world[Symbol.asyncDispose]()
})

/** How it ended, if it did. */
function outcome({ ended }: ImageSecret): Promise<string> {
  const now = Promise.resolve().then(() => 'good')
  return Promise.race([
    ended.then(
      () => 'used',
      ({ code }: { readonly code: string }) => code,
    ),
    now.then((word) => word),
  ])
}

describe('images, for whoever is not trusted,', () => {
  it('are the public ones', async () => {
    const { open } = world.images
    expect(await open.list('default')).toEqual([shown])
    expect(await open.get('default', shown.fingerprint.slice(0, 20))).toEqual(shown)
    expect(await open.files('default', shown.fingerprint)).toHaveLength(1)
    expect(await open.alias('default', 'shown')).toMatchObject({ target: shown.fingerprint })
  })

  it('that are private cannot be told from those that are not there', async () => {
    const { open } = world.images
    const refusals = [
      ...[
        hidden.fingerprint,
        hidden.fingerprint.slice(0, 8),
        'ab'.repeat(32),
        '',
        '../x',
        'hidden',
      ],
    ].flatMap((name) => [
      ...[open.get('default', name), open.files('default', name), open.get('nosuch', name)],
      ...[open.get('default', name, 'ab'.repeat(32)), open.files('default', name, '')],
    ])
    const errors = await Promise.all(refusals.map((each) => each.catch((error: unknown) => error)))
    for (const error of errors)
      expect(error).toMatchObject({ ...NOT_OPEN, message: 'Image not found' })
    for (const name of ['hidden', 'nosuch', hidden.fingerprint]) {
      const message = 'Image alias not found'
      await expect(open.alias('default', name)).rejects.toMatchObject({ ...NOT_OPEN, message })
    }
  })

  it('that are private make no beginning of a fingerprint ambiguous', async () => {
    const { open } = world.images
    for (let n = 0; n < 17; n++) {
      const path = await world.image(`${n}`, { n: `${n}` })
      await world.images.import({ project: 'default', path })
    }
    expect(await open.get('default', shown.fingerprint.slice(0, 1))).toEqual(shown)
  })
})

describe('the secret of an image', () => {
  it('reads this one and no other, from the first time on for a minute', async () => {
    const { open, secrets } = world.images
    const other = await world.images.import({
      ...{ project: 'default', path: await world.image('other.tar', { a: '3' }) },
    })
    const made = await secrets.share('default', hidden.fingerprint.slice(0, 12))
    expect(made.fingerprint).toBe(hidden.fingerprint)
    expect(made.secret).toMatch(/^[0-9a-f]{64}$/)
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS)
    expect(await open.get('default', hidden.fingerprint, made.secret)).toEqual(hidden)
    expect(await open.files('default', hidden.fingerprint, made.secret)).toHaveLength(1)
    const wrong = open.get('default', other.fingerprint, made.secret)
    await expect(wrong).rejects.toMatchObject(NOT_OPEN)
    const elsewhere = open.get('nosuch', hidden.fingerprint, made.secret)
    await expect(elsewhere).rejects.toMatchObject(NOT_OPEN)
    await vi.advanceTimersByTimeAsync(MINUTE_MS)
    expect(await outcome(made)).toBe('used')
    const late = open.get('default', hidden.fingerprint, made.secret)
    await expect(late).rejects.toMatchObject(NOT_OPEN)
  })

  it('is good for nothing once it is withdrawn, or after a day', async () => {
    const { open, secrets } = world.images
    const withdrawal = new AbortController()
    const withdrawn = await secrets.share('default', hidden.fingerprint, withdrawal)
    const forgotten = await secrets.share('default', hidden.fingerprint)
    const ends = Promise.allSettled([withdrawn.ended, forgotten.ended])
    withdrawal.abort()
    await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE_MS)
    expect(await ends).toMatchObject([
      { reason: { kind: 'cancelled' } },
      { reason: { code: 'IMAGE_SECRET_EXPIRED' } },
    ])
    for (const { secret } of [withdrawn, forgotten]) {
      const read = open.get('default', hidden.fingerprint, secret)
      await expect(read).rejects.toMatchObject(NOT_OPEN)
    }
  })

  it('is told as an event that holds no secret', async () => {
    const { secret, ended } = await world.images.secrets.share('default', hidden.fingerprint)
    ended.catch(() => undefined)
    expect(world.events.at(-1)).toMatchObject({ action: 'image-secret-created' })
    expect(JSON.stringify(world.events)).not.toContain(secret)
  })

  it('is made for an image that is there', async () => {
    const none = world.images.secrets.share('default', 'ab'.repeat(32))
    await expect(none).rejects.toMatchObject({ kind: 'notFound' })
  })
})

describe('the secret of an image that is expected', () => {
  const fingerprint = 'ab'.repeat(32)
  const expected: ExpectedImage = {
    ...{ fingerprint, public: true, properties: { a: 'b' }, aliases: [{ name: 'x' }] },
  }

  it('is good once, for that image, and reads nothing', async () => {
    const { open, secrets } = world.images
    const made = await secrets.expect('default', expected)
    const { secret } = made
    const wrong = [
      secrets.redeem('default', { fingerprint: hidden.fingerprint, secret }),
      secrets.redeem('nosuch', { fingerprint, secret }),
      secrets.redeem('default', { fingerprint, secret: `${secret}0` }),
      secrets.redeem('default', { fingerprint, secret: '' }),
    ]
    for (const each of wrong) await expect(each).rejects.toMatchObject({ kind: 'denied' })
    await expect(open.get('default', fingerprint, secret)).rejects.toMatchObject(NOT_OPEN)
    expect(await secrets.redeem('default', { fingerprint, secret })).toEqual(expected)
    expect(await outcome(made)).toBe('used')
    const again = secrets.redeem('default', { fingerprint, secret })
    await expect(again).rejects.toMatchObject({ kind: 'denied', message: 'not authorized' })
  })

  it('is not that of one that is there', async () => {
    const { secret, ended } = await world.images.secrets.share('default', hidden.fingerprint)
    ended.catch(() => undefined)
    const sent = world.images.secrets.redeem('default', { ...hidden, secret })
    await expect(sent).rejects.toMatchObject({ kind: 'denied' })
  })

  it.each(['', 'ab', 'AB'.repeat(32), '../x'])(
    'is not made for the fingerprint %j',
    async (bad) => {
      const made = world.images.secrets.expect('default', { ...expected, fingerprint: bad })
      await expect(made).rejects.toMatchObject({ kind: 'invalid', code: 'IMAGE_BAD_FINGERPRINT' })
    },
  )
})
