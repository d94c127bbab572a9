import { beforeEach, describe, expect, it } from 'vitest'
import { openWorld, pair, type World } from './world.ts'

const ann = pair('ann')
const bob = pair('bob')

let world: World

beforeEach(async () => {
  world = await openWorld()
})

describe('the trust store', () => {
  it('keeps certificates under their fingerprint, with the common name where no other is given', async () => {
    const { fingerprint } = await world.access.trust.add(ann.pem)
    expect(await world.access.trust.list()).toEqual([
      {
        ...{ fingerprint, name: 'ann', type: 'client', restricted: false, projects: [] },
        certificate: ann.pem,
      },
    ])
  })

  it("has LXD's columns", async () => {
    await world.projects.create({ name: 'mine' })
    const wish = { type: 'metrics', restricted: true, projects: ['mine', 'mine'] } as const
    const { fingerprint } = await world.access.trust.add(ann.pem, { name: 'm', ...wish })
    const rows = await world.database.query('SELECT * FROM certificates')
    expect(rows).toEqual([
      { id: 1, fingerprint, type: 3, name: 'm', certificate: ann.pem, restricted: 1 },
    ])
    const projects = await world.database.query(
      'SELECT certificate_id, projects.name FROM certificates_projects JOIN projects ON projects.id = project_id',
    )
    expect(projects).toEqual([{ certificate_id: 1, name: 'mine' }])
  })

  it('takes base64 of DER as well as PEM, and knows both as one', async () => {
    await world.access.trust.add(ann.der.toString('base64'))
    await expect(world.access.trust.add(ann.pem)).rejects.toMatchObject({
      code: 'ACCESS_CERTIFICATE_EXISTS',
    })
  })

  it.each([
    '',
    'nonsense',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    'A'.repeat(2 ** 20),
  ])('refuses what is no certificate', async (text) => {
    await expect(world.access.trust.add(text)).rejects.toMatchObject({
      code: 'ACCESS_BAD_CERTIFICATE',
    })
  })

  it('refuses a certificate that is over, and one for a project that is not there', async () => {
    const old = pair('old', { days: -1 })
    await expect(world.access.trust.add(old.pem)).rejects.toMatchObject({
      code: 'ACCESS_CERTIFICATE_NOT_TIMELY',
    })
    const wish = { restricted: true, projects: ['nowhere'] }
    await expect(world.access.trust.add(ann.pem, wish)).rejects.toMatchObject({ kind: 'notFound' })
    expect(await world.access.trust.list()).toEqual([])
  })

  it('finds an entry by the beginning of its fingerprint', async () => {
    const { fingerprint } = await world.access.trust.add(ann.pem)
    for (const prefix of [
      fingerprint,
      fingerprint.slice(0, 12),
      fingerprint.slice(0, 1).toUpperCase(),
    ])
      expect((await world.access.trust.get(prefix)).name).toBe('ann')
  })

  it.each(['%', '_', '%%', '_'.repeat(64), '', "' OR 1=1 --", '[0-9a-f]', 'ab*'])(
    'finds nothing by the pattern %j',
    async (pattern) => {
      await world.access.trust.add(ann.pem)
      for (const call of [
        world.access.trust.get(pattern),
        world.access.trust.delete(pattern),
        world.access.trust.update(pattern, { name: 'x' }),
      ])
        await expect(call).rejects.toMatchObject({ code: 'ACCESS_CERTIFICATE_NOT_FOUND' })
      expect(await world.access.trust.list()).toHaveLength(1)
    },
  )

  it('refuses a beginning that several fingerprints have', async () => {
    const fingerprints = ['a'.repeat(64), `${'a'.repeat(63)}b`]
    for (const fingerprint of fingerprints) {
      await world.database.run(
        "INSERT INTO certificates (fingerprint, type, name, certificate) VALUES (?, 1, 'x', '')",
        [fingerprint],
      )
    }
    await expect(world.access.trust.get('aaa')).rejects.toMatchObject({
      code: 'ACCESS_AMBIGUOUS_FINGERPRINT',
    })
  })

  it('changes what is given, and the certificate itself', async () => {
    const { fingerprint } = await world.access.trust.add(ann.pem, { name: 'laptop' })
    const next = await world.access.trust.update(fingerprint, { certificate: bob.pem })
    expect(next).toMatchObject({ name: 'laptop', certificate: bob.pem })
    expect(await world.access.identify(ann.der)).toEqual({ trust: 'none' })
    expect(await world.access.identify(bob.der)).toMatchObject({ trust: 'admin' })
  })

  it('loses a project with the project, which leaves a restricted certificate restricted', async () => {
    await world.projects.create({ name: 'mine' })
    await world.access.trust.add(ann.pem, { restricted: true, projects: ['mine'] })
    await world.projects.delete('mine')
    expect(await world.access.identify(ann.der)).toMatchObject({
      trust: 'restricted',
      projects: [],
    })
  })

  it('tells of each change', async () => {
    const { fingerprint } = await world.access.trust.add(ann.pem)
    await world.access.trust.update(fingerprint, { name: 'a' })
    await world.access.trust.delete(fingerprint)
    const source = `/1.0/certificates/${fingerprint}`
    expect(
      world.told.flatMap((event) => (event.type === 'lifecycle' ? [event] : [])),
    ).toMatchObject([
      { action: 'certificate-created', source },
      { action: 'certificate-updated', source },
      { action: 'certificate-deleted', source },
    ])
  })
})

describe('identify', () => {
  it('knows nobody without a certificate, or with one that was never trusted or no longer is', async () => {
    const { fingerprint } = await world.access.trust.add(ann.pem)
    await world.access.trust.delete(fingerprint)
    for (const given of [undefined, ann.der, bob.der])
      expect(await world.access.identify(given)).toEqual({ trust: 'none' })
  })

  it('no longer trusts a certificate once it is over', async () => {
    await world.access.trust.add(ann.pem)
    expect(await world.access.identify(ann.der)).toMatchObject({ trust: 'admin' })
    world.clock.advance(40 * 86_400_000)
    expect(await world.access.identify(ann.der)).toEqual({ trust: 'none' })
  })

  it('tells what a certificate is trusted for', async () => {
    await world.projects.create({ name: 'mine' })
    const { fingerprint } = await world.access.trust.add(ann.pem, { type: 'metrics' })
    expect(await world.access.identify(ann.der)).toEqual({ trust: 'metrics', fingerprint })
    await world.access.trust.update(fingerprint, { restricted: true, projects: ['mine'] })
    expect(await world.access.identify(ann.der)).toEqual({
      ...{ trust: 'metrics', fingerprint, projects: ['mine'] },
    })
    await world.access.trust.update(fingerprint, { type: 'client' })
    expect(await world.access.identify(ann.der)).toMatchObject({ trust: 'restricted' })
  })
})
