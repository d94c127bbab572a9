import { beforeEach, describe, expect, it } from 'vitest'
import { openWorld, pair, type World } from './world.ts'

const ann = pair('ann')
const bob = pair('bob')
const DENIED = { kind: 'denied', code: 'ACCESS_DENIED', message: 'not authorized' }
const EXPIRED = { kind: 'cancelled', code: 'ACCESS_TOKEN_EXPIRED' }

let world: World

beforeEach(async () => {
  world = await openWorld()
})

function token(secret: string): string {
  return Buffer.from(JSON.stringify({ client_name: 'x', secret })).toString('base64')
}

async function issue(request = {}, signal?: AbortSignal) {
  const issued = await world.access.issue({ name: 'laptop', ...request }, { signal })
  // Whoever does not wait for it must not be told.
  issued.redeemed.catch(() => undefined)
  return issued
}

function enroll(password: string, certificate = ann.pem, address = '192.0.2.1') {
  return world.access.enroll({ certificate, password, address })
}

describe('a token', () => {
  it('trusts one certificate as it says, whatever its bearer asks for', async () => {
    await world.projects.create({ name: 'mine' })
    const { secret, redeemed } = await issue({ restricted: true, projects: ['mine'] })
    await world.access.enroll({
      ...{ certificate: ann.der, password: token(secret), address: '' },
      request: { name: 'root', restricted: false, projects: [] },
    })
    expect(await redeemed).toMatchObject({ name: 'laptop', restricted: true, projects: ['mine'] })
    expect(await world.access.identify(ann.der)).toMatchObject({ trust: 'restricted' })
  })

  it('is good once, even for two who come at the same time', async () => {
    const { secret } = await issue()
    const outcomes = await Promise.allSettled([
      enroll(token(secret), ann.pem),
      enroll(token(secret), bob.pem),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(enroll(token(secret), bob.pem)).rejects.toMatchObject(DENIED)
    expect(await world.access.trust.list()).toHaveLength(1)
  })

  it('is still good after an attempt that could not succeed', async () => {
    const { secret } = await issue()
    await expect(enroll(token(secret), pair('old', { days: -1 }).pem)).rejects.toMatchObject({
      code: 'ACCESS_CERTIFICATE_NOT_TIMELY',
    })
    expect(await enroll(token(secret))).toMatchObject({ name: 'laptop' })
  })

  it('is good for nothing after its time, and its maker hears of that', async () => {
    await world.settings.patch({ 'core.remote_token_expiry': '1H' })
    const { secret, redeemed, expiresAt } = await issue()
    expect(expiresAt?.getTime()).toBe(world.clock.now().getTime() + 3_600_000)
    world.clock.advance(3_600_000)
    await expect(enroll(token(secret))).rejects.toMatchObject(DENIED)
    await expect(redeemed).rejects.toMatchObject(EXPIRED)
  })

  it('is good for nothing once it is withdrawn', async () => {
    const withdrawal = new AbortController()
    const { secret, redeemed } = await issue({}, withdrawal.signal)
    withdrawal.abort(new Error('no longer wanted'))
    await expect(redeemed).rejects.toMatchObject({ kind: 'cancelled' })
    await expect(enroll(token(secret))).rejects.toMatchObject(DENIED)
  })

  it('goes with the room', async () => {
    const { redeemed } = await issue()
    world.access.close()
    await expect(redeemed).rejects.toMatchObject({ kind: 'cancelled' })
  })

  it('cannot be made for a project that is not there', async () => {
    await expect(issue({ restricted: true, projects: ['nowhere'] })).rejects.toMatchObject({
      kind: 'notFound',
    })
  })

  it('names the server that it is for', async () => {
    await world.database.run(
      "INSERT INTO config (key, value) VALUES ('core.https_address', '192.0.2.7:9443')",
    )
    const { fingerprint, addresses } = await issue()
    expect(addresses).toEqual(['192.0.2.7:9443'])
    expect(fingerprint).toBe((await world.access.serverCertificate()).fingerprint)
  })
})

describe('the trust password', () => {
  it('trusts a certificate as its bearer asks', async () => {
    await world.settings.patch({ 'core.trust_password': 'sekret' })
    await world.access.enroll({
      ...{ certificate: ann.pem, password: 'sekret', address: '' },
      request: { name: 'laptop', type: 'metrics' },
    })
    expect(await world.access.identify(ann.der)).toMatchObject({ trust: 'metrics' })
  })

  it.each(['', 'Sekret', 'sekret ', '0', token('sekret'), token(''), 'e30='])(
    'is not %j, and is never empty',
    async (password) => {
      await expect(enroll(password)).rejects.toMatchObject(DENIED)
      await world.settings.patch({ 'core.trust_password': 'sekret' })
      await expect(enroll(password)).rejects.toMatchObject(DENIED)
      expect(await world.access.trust.list()).toEqual([])
    },
  )

  it('can be tried five times a minute from one network, right or wrong', async () => {
    await world.settings.patch({ 'core.trust_password': 'sekret' })
    const tries = ['2001:db8::1', '2001:db8:0:0:1::2', '2001:0db8::3', '2001:db8::4', '2001:db8::5']
    await Promise.allSettled(tries.map((address) => enroll('wrong', ann.pem, address)))
    await expect(enroll('sekret', ann.pem, '2001:db8::6')).rejects.toMatchObject(DENIED)
    expect(await enroll('sekret', bob.pem, '2001:db8:0:1::1')).toMatchObject({ name: 'bob' })
    world.clock.advance(60_000)
    expect(await enroll('sekret', ann.pem, '2001:db8::6')).toMatchObject({ name: 'ann' })
  })
})
